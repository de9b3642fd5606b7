import { checkSeed, seededRandom, shuffled } from '../random.js';
import type { FrameInfo, SplitName } from '../types.js';
import { byText } from './findings.js';
import type { SourceIndex } from './source.js';

export interface SplitOptions {
  /** Hold out scenes of the training split for validation. @default none are held out */
  validation?: ValidationOptions;
}

export interface ValidationOptions {
  /** About which fraction of the training frames, above 0 and below 1. */
  fraction: number;
  /** @default 0 */
  seed?: number;
}

/** Frame ids; no scene is in two of them. */
export interface Splits {
  train: string[];
  validation: string[];
  test: string[];
  /** Frames that are published for training, but not to be trained on. */
  holdout: string[];
}

/**
 * The published split of a data set's frames, optionally with validation scenes held out of training.
 *
 * @throws RangeError if the frames have no split; the message says how to get one.
 */
export function splitFrames(
  { frames, splitHint }: Pick<SourceIndex, 'frames' | 'splitHint'>,
  { validation }: SplitOptions = {},
): Splits {
  if (frames.every(({ split }) => split === undefined)) throw new RangeError(`The frames have no split: ${splitHint}`);
  const of = (name: SplitName) => frames.filter(({ split }) => split === name);
  const [train, test, holdout] = [of('train'), of('test').map(idOf), of('holdout').map(idOf)];
  if (!validation) return { train: train.map(idOf), validation: [], test, holdout };
  return { ...holdOutScenes(train, validation), test, holdout };
}

/**
 * Splits frames into training and validation so that no scene is in both: whole scenes, in random order, go to validation until it has the
 * requested fraction. Frames of one scene look alike, so a validation set that shares scenes with training measures memorization.
 *
 * @returns ids, each split in the order of the frames.
 * @throws RangeError if the fraction is not between 0 and 1, or there are fewer than two scenes.
 */
export function holdOutScenes(
  frames: readonly FrameInfo[],
  { fraction, seed = 0 }: ValidationOptions,
): { train: string[]; validation: string[] } {
  checkSeed(seed);
  if (!(fraction > 0 && fraction < 1)) throw new RangeError(`fraction must be between 0 and 1, got ${fraction}.`);
  const scenes = [...new Set(frames.map(({ scene }) => scene))].sort(byText);
  if (scenes.length < 2) {
    throw new RangeError(
      `Holding out scenes needs at least two of them, but the ${frames.length} frames have ${scenes.length}.`,
    );
  }
  const framesOf = new Map<string, number>();
  for (const { scene } of frames) framesOf.set(scene, (framesOf.get(scene) ?? 0) + 1);
  const heldOut = new Set<string>();
  let count = 0;
  for (const scene of shuffled(scenes, seededRandom('validation', seed))) {
    if (count >= fraction * frames.length || heldOut.size === scenes.length - 1) break;
    heldOut.add(scene);
    count += framesOf.get(scene)!;
  }
  const ids = (validation: boolean) => frames.filter(({ scene }) => heldOut.has(scene) === validation).map(idOf);
  return { train: ids(false), validation: ids(true) };
}

function idOf({ id }: FrameInfo): string {
  return id;
}
