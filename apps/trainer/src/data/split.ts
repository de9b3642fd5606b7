import { type FrameInfo, holdOutScenes, type RgbdDataset, readFrameList } from '@llm-mde/rgbd';
import { splitByScene } from '@llm-mde/rooms';
import type { DataConfiguration, SplitBy } from '../config/schema.js';

/** Frame ids for training, validation and testing. */
export interface Splits {
  train: string[];
  validation: string[];
  test: string[];
  /** What is held out together. */
  splitBy?: SplitBy;
  /** What is odd about the splits, in sentences. */
  notes?: string[];
}

/** The official split of a dataset, or a random one. */
export interface TrainTestSplit {
  train: string[];
  test: string[];
  /** Training frames that fast-depth leaves out. */
  holdout: string[];
  /** How the frames were split, in words. */
  description: string;
}

/** Of the frames, where there is no official split. */
const TEST_FRACTION = 0.2;

/** The official split of a dataset; if its files have none, a random split by scene with a fifth of the frames for testing. */
export function trainTestSplit(dataset: RgbdDataset, { seed = 0 }: { seed?: number } = {}): TrainTestSplit {
  if (dataset.frames.every(({ split }) => split === undefined)) {
    const { train, validation } = holdOutScenes(dataset.frames, { fraction: TEST_FRACTION, seed });
    return { train, test: validation, holdout: [], description: `a random split by scene (seed ${seed})` };
  }
  const { train, test, holdout } = dataset.split();
  return { train, test, holdout, description: 'the official split' };
}

/** Which rooms are for training, in the proportions of NYU's split unless told otherwise; no scene is in both. */
export function splitRooms(scenes: readonly string[], trainFraction?: number): ('train' | 'test')[] {
  const train = new Set(splitByScene(scenes, trainFraction).train);
  return scenes.map((_, place) => (train.has(place) ? 'train' : 'test'));
}

/**
 * Splits the frames of a dataset as its configuration says. No scene is in two splits, unless it is split by frame or by block, as it is where there is
 * one scene only.
 *
 * @throws RangeError if the frames cannot be split so.
 */
export async function splitDataset(dataset: RgbdDataset, configuration: DataConfiguration): Promise<Splits> {
  const [train, validation, test] = await Promise.all([
    listed(dataset, configuration.train),
    listed(dataset, configuration.validation),
    listed(dataset, configuration.test),
  ]);
  const groups = new Groups(dataset, configuration);
  const whole = train && test ? { training: [], test } : configuredSplit(groups, configuration);
  const chosen = train ?? whole.training;
  const splits = {
    // A sample of a few images, such as the paper's, is validated on scenes of the training split that it does not contain.
    ...(validation ? { train: chosen, validation } : validationSplit(groups, chosen, whole.training, configuration)),
    test: test ?? whole.test,
  };
  groups.check(splits);
  return { ...splits, splitBy: groups.by, notes: groups.notes };
}

/** The training split, with what validation will take of it, and the test split. */
function configuredSplit(groups: Groups, { splitBy, testFraction }: DataConfiguration) {
  const { dataset } = groups;
  const has = (name: 'train' | 'test') => dataset.frames.some(({ split }) => split === name);
  if (splitBy === 'official' || (splitBy === null && has('train') && has('test'))) {
    const { train, test } = dataset.split();
    return { training: train, test };
  }
  const ids = dataset.frames.map(({ id }) => id);
  const { train, validation } = groups.holdOut(ids, testFraction);
  return { training: train, test: validation };
}

function validationSplit(
  groups: Groups,
  chosen: readonly string[],
  training: readonly string[],
  { validationFraction }: DataConfiguration,
) {
  const inChosen = new Set(chosen.map((id) => groups.of(id)));
  const left = training.filter((id) => !inChosen.has(groups.of(id)));
  if (left.length === 0) return groups.holdOut(chosen, validationFraction);
  const count = Math.max(1, Math.round(validationFraction * training.length));
  const isOneGroup = new Set(left.map((id) => groups.of(id))).size === 1;
  return {
    train: [...chosen],
    validation: isOneGroup ? left : groups.holdOut(left, Math.min(count / left.length, 1 - 1e-9)).validation,
  };
}

/** Of each scene's frames: more would lie beside held-out ones, fewer could not be held out in the right proportion. */
const BLOCKS = 10;

/** What is held out together: the frames of a scene, a block of them in time, or each frame by itself. */
class Groups {
  by: SplitBy;
  readonly notes: string[] = [];
  private readonly seed: number;
  /** Whether there may be blocks where one scene is all there is. */
  private readonly isFree: boolean;
  private readonly blocks = new Map<string, string>();

  constructor(
    readonly dataset: RgbdDataset,
    { splitBy, splitSeed }: DataConfiguration,
  ) {
    this.by = splitBy === 'frame' || splitBy === 'block' ? splitBy : 'scene';
    this.isFree = splitBy === null || splitBy === 'official';
    this.seed = splitSeed;
    for (const scene of dataset.scenes) {
      const ids = dataset.frames.filter((frame) => frame.scene === scene).map(({ id }) => id);
      for (const [place, id] of ids.sort(IN_TIME.compare).entries())
        this.blocks.set(id, `${scene} ${Math.floor((BLOCKS * place) / ids.length)}`);
    }
  }

  of(id: string): string {
    return this.by === 'frame' ? id : this.by === 'block' ? this.blocks.get(id)! : this.dataset.frame(id).scene;
  }

  /** @throws RangeError if there is only one group. */
  holdOut(ids: readonly string[], fraction: number) {
    const scenes = new Set(ids.map((id) => this.dataset.frame(id).scene));
    if (this.by === 'scene' && scenes.size === 1 && this.isFree && ids.length > 1) {
      this.by = 'block';
      this.notes.push(
        `All ${ids.length} frames are of one scene, "${[...scenes][0]}", so blocks of successive frames are held out. The scores are optimistic: they say little of other ` +
          'places. Put each scene into a folder of its own if there are several.',
      );
    }
    const frames = ids.map((id) => ({ ...this.dataset.frame(id), scene: this.of(id) }));
    if (new Set(frames.map(({ scene }) => scene)).size === 1) throw new RangeError(this.tooFew(frames));
    return holdOutScenes(frames, { fraction, seed: this.seed });
  }

  private tooFew([first, ...others]: readonly FrameInfo[]): string {
    if (others.length === 0) {
      return `Only the frame ${first!.id} is left for training, so that none can be held out: training, validation and test need one each.`;
    }
    return (
      `All ${others.length + 1} frames are of one scene, "${this.dataset.frame(first!.id).scene}", so that none can be held out: put each scene into a ` +
      'folder of its own, or hold out blocks of successive frames with --set data.splitBy=block, whose scores are optimistic.'
    );
  }

  /** A model is not tested on a scene that it was trained on. */
  check({ train, validation, test }: Splits): void {
    const trained = new Set(train.map((id) => this.of(id)));
    for (const [name, ids] of Object.entries({ validation, test })) {
      const shared = ids.find((id) => trained.has(this.of(id)));
      if (shared !== undefined) {
        const what = { frame: 'it', block: 'its block of frames', scene: 'its scene' }[this.by];
        throw new RangeError(
          `The frame ${shared} is in the ${name} split, but ${what} is in the training split too: choose other frames.`,
        );
      }
    }
  }
}

/** The frames of a list, or of a text file with one id per line. @throws if one is not in the dataset. */
export async function listed(
  dataset: RgbdDataset,
  ids: string | readonly string[] | null,
): Promise<string[] | undefined> {
  if (ids === null) return undefined;
  const list = typeof ids === 'string' ? (await readFrameList(ids)).ids : [...ids];
  for (const id of list) dataset.frame(id);
  return list;
}

/** `frame-9` before `frame-10`: frames are numbered, or named by their times. */
const IN_TIME = new Intl.Collator('en', { numeric: true });
