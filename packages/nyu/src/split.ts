import type { FrameInfo } from './frame.js';
import { checkSeed, seededRandom, shuffled } from './random.js';
import { byText } from './sources/findings.js';
import type { Format } from './sources/source.js';

export type SplitName = 'official' | 'eigen';

export interface SplitOptions {
  /** Hold out scenes of the training part for validation. @default none are held out */
  validation?: ValidationOptions;
}

export interface ValidationOptions {
  /** About which share of the training frames, above 0 and below 1. */
  fraction: number;
  /** @default 0 */
  seed?: number;
}

/** Frame ids; no scene is in two parts. */
export interface Split {
  train: string[];
  validation: string[];
  test: string[];
  /** Training frames that fast-depth leaves out; empty for all formats but its own. */
  holdout: string[];
}

/**
 * The published split of a data set's frames.
 *
 * - `official`: the labeled frames, 795 to train and 654 to test.
 * - `eigen` (Eigen, Puhrsch and Fergus 2014): video frames of the training scenes to train, the same 654 to test.
 *
 * A data set has the frames of one of the two, and sometimes both are one: labeled file, both the same frames; BTS's lists, whatever
 * the lists name (24,231 and 654 are Eigen's, 795 and 654 are official); fast-depth's files, Eigen's; raw dump, Eigen's, for the option
 * `trainScenes`, its test part being the frames of all other scenes.
 *
 * @throws RangeError if the data set has no such split, and says what it lacks.
 */
export function splitFrames(
  frames: readonly FrameInfo[],
  format: Format,
  name: SplitName,
  { validation }: SplitOptions = {},
): Split {
  if (name !== 'official' && name !== 'eigen')
    throw new RangeError(`There is no split ${JSON.stringify(name)}: use 'official' or 'eigen'.`);
  if (name === 'official' && (format === 'raw-dump' || format === 'shards')) {
    throw new RangeError(
      `The official split is of the labeled frames, which are not in this form of the data set: use 'eigen'.`,
    );
  }
  if (frames.every(({ part }) => part === undefined))
    throw new RangeError(`The frames have no split: ${ADVICE[format]}`);
  const ids = (wanted: FrameInfo['part']) => frames.filter(({ part }) => part === wanted).map(({ id }) => id);
  const rest = { test: ids('test'), holdout: ids('holdout') };
  if (!validation) return { train: ids('train'), validation: [], ...rest };
  return {
    ...holdOutScenes(
      frames.filter(({ part }) => part === 'train'),
      validation,
    ),
    ...rest,
  };
}

const ADVICE: Record<Format, string> = {
  labeled: 'put splits.mat beside the labeled file, or name it with the option splits.',
  'raw-dump': 'name the training scenes with the option trainScenes.',
  lists: 'name a list for training and one for testing with the option lists.',
  shards: 'name the folders or tar files "train…" and "val…".',
  pairs: 'use holdOutScenes, which makes one.',
};

/**
 * Parts frames into training and validation so that no scene is in both: whole scenes, in random order, go to validation until it has the
 * share asked for. Frames of one scene look alike, so a validation set that shares scenes with training measures memory.
 *
 * @returns ids, each part in the order of the frames.
 * @throws RangeError if the fraction is not between 0 and 1, or there are fewer than two scenes.
 */
export function holdOutScenes(
  frames: readonly FrameInfo[],
  { fraction, seed = 0 }: ValidationOptions,
): { train: string[]; validation: string[] } {
  checkSeed(seed);
  if (!(fraction > 0 && fraction < 1)) throw new RangeError(`fraction must lie between 0 and 1, got ${fraction}.`);
  const scenes = [...new Set(frames.map(({ scene }) => scene))].sort(byText);
  if (scenes.length < 2) {
    throw new RangeError(
      `Holding out by scene needs two scenes, but the ${frames.length} frames are of ${scenes.length}.`,
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
  const ids = (validation: boolean) =>
    frames.filter(({ scene }) => heldOut.has(scene) === validation).map(({ id }) => id);
  return { train: ids(false), validation: ids(true) };
}
