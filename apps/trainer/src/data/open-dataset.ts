import { openNyu } from '@llm-mde/nyu';
import { type FrameInfo, holdOutScenes, type RgbdDataset, readFrameList } from '@llm-mde/rgbd';
import type { DataConfiguration } from '../configuration/training-configuration.js';
import { embeddedRooms } from './embedded-rooms.js';

/** A data set, and where it lies. */
export interface OpenFrames {
  dataset: RgbdDataset;
  path: string;
}

/** A data set and which of its frames are for what. No scene is in two parts, unless single frames were asked for. */
export interface OpenDataset extends OpenFrames {
  train: string[];
  validation: string[];
  test: string[];
}

/**
 * Opens the data of a configuration and parts its frames.
 *
 * @param onRender is told how many frames of the embedded data set are done, where it has to be rendered.
 * @throws {DatasetError} if there is no data set; RangeError if it can't be parted as asked for.
 */
export async function openDataset(
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenDataset> {
  const opened = await openFrames(configuration, onRender);
  try {
    return { ...opened, ...(await partition(opened.dataset, configuration)) };
  } catch (error) {
    await opened.dataset.close();
    throw error;
  }
}

/** The same without parting the frames, which may be of one scene. */
export async function openFrames(
  { path: given, rooms, depth, every, onBadFrame, trainScenes }: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenFrames> {
  const path = given ?? (await embeddedRooms(rooms, onRender));
  const options = { depth, frameStride: every, onBadFrame, ...(trainScenes !== null && { trainScenes }) };
  return { path, dataset: await openNyu(path, options) };
}

async function partition(
  dataset: RgbdDataset,
  configuration: DataConfiguration,
): Promise<Pick<OpenDataset, 'train' | 'validation' | 'test'>> {
  const named = {
    train: await listed(dataset, configuration.train),
    validation: await listed(dataset, configuration.validation),
    test: await listed(dataset, configuration.test),
  };
  const scenes = new Scenes(dataset, configuration);
  const { training, test } = named.train && named.test ? { training: [], test: [] } : outerParts(scenes, configuration);
  const forTraining = named.train ?? training;
  // A sample of a few images, such as the paper's, is validated on scenes of the training part that it leaves out.
  const held = named.validation ? undefined : holdOut(scenes, forTraining, training, configuration.validationFraction);
  const parts = {
    train: held?.train ?? forTraining,
    validation: named.validation ?? held!.validation,
    test: named.test ?? test,
  };
  scenes.check(parts);
  return parts;
}

/** The training part before validation is held out, and the test part. */
function outerParts(scenes: Scenes, { split, testFraction }: DataConfiguration) {
  const { dataset } = scenes;
  const hasParts =
    dataset.frames.some(({ split }) => split === 'train') && dataset.frames.some(({ split }) => split === 'test');
  if (split === 'published' || (split === null && hasParts)) {
    const { train, test } = dataset.split();
    return { training: train, test };
  }
  const drawn = scenes.holdOut(
    dataset.frames.map(({ id }) => id),
    testFraction,
  );
  return { training: drawn.train, test: drawn.validation };
}

function holdOut(scenes: Scenes, chosen: readonly string[], training: readonly string[], fraction: number) {
  const inChosen = new Set(chosen.map((id) => scenes.of(id)));
  const left = training.filter((id) => !inChosen.has(scenes.of(id)));
  if (left.length === 0) return scenes.holdOut(chosen, fraction);
  const count = Math.max(1, Math.round(fraction * training.length));
  const isOne = new Set(left.map((id) => scenes.of(id))).size === 1;
  return {
    train: [...chosen],
    validation: isOne ? left : scenes.holdOut(left, Math.min(count / left.length, 1 - 1e-9)).validation,
  };
}

/** What is held out together: the frames of a scene, or each frame by itself where the configuration says so. */
class Scenes {
  private readonly byFrame: boolean;
  private readonly seed: number;

  constructor(
    readonly dataset: RgbdDataset,
    { split, splitSeed }: DataConfiguration,
  ) {
    this.byFrame = split === 'frames';
    this.seed = splitSeed;
  }

  of(id: string): string {
    return this.byFrame ? id : this.dataset.frame(id).scene;
  }

  /** @throws RangeError if there is only one scene. */
  holdOut(ids: readonly string[], fraction: number) {
    const frames = ids.map((id) => ({ ...this.dataset.frame(id), scene: this.of(id) }));
    if (new Set(frames.map(({ scene }) => scene)).size === 1) throw new RangeError(this.tooFew(frames));
    return holdOutScenes(frames, { fraction, seed: this.seed });
  }

  private tooFew([first, ...others]: readonly FrameInfo[]): string {
    if (others.length === 0) {
      return `Only the frame ${first!.id} is left to train on, so that none can be held out: training, validation and test need one each.`;
    }
    return (
      `All ${others.length + 1} frames to part are of one scene, "${first!.scene}", so that none can be held out: ` +
      'give each scene a folder of its own, or hold out single frames with --set data.split=frames, whose figures flatter.'
    );
  }

  /** A model that has seen a scene in training is not tested on it. */
  check({ train, validation, test }: Record<'train' | 'validation' | 'test', string[]>): void {
    const trained = new Set(train.map((id) => this.of(id)));
    for (const [name, ids] of Object.entries({ validation, test })) {
      const shared = ids.find((id) => trained.has(this.of(id)));
      if (shared !== undefined) {
        const whose = this.byFrame ? 'it' : 'its scene';
        throw new RangeError(
          `The frame ${shared} is in the ${name} part, but ${whose} is in the training part too: name other frames.`,
        );
      }
    }
  }
}

async function listed(dataset: RgbdDataset, ids: string | readonly string[] | null): Promise<string[] | undefined> {
  if (ids === null) return undefined;
  const list = typeof ids === 'string' ? (await readFrameList(ids)).ids : [...ids];
  for (const id of list) dataset.frame(id);
  return list;
}
