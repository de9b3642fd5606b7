import { byText, checkSeed, type FrameInfo, seededRandom, shuffled } from '@llm-mde/rgbd';

/** The scene types that Table I of the paper names, in its order. */
export const SHOT_TYPES = ['bedroom', 'bathroom', 'dining_room', 'kitchen'] as const;

/** The scene types that Table II of the paper tests on. */
export const ZERO_SHOT_TYPES = ['bathroom', 'dining_room', 'kitchen', 'living_room'] as const;

export interface ShotOptions {
  /** How many of the scene types to draw from, 1 to 4. */
  shots: number;
  /** The scene types, in their order. @default SHOT_TYPES */
  sceneTypes?: readonly string[];
  /** How many images in all, evenly from each type. The paper's groups have 50 to 100. @default 100 */
  images?: number;
  /** @default 0 */
  seed?: number;
}

/**
 * Draws the images of the paper's 1- to 4-shot groups (Table I, columns 1 to 4).
 *
 * The paper says that each group has 50 to 100 images and marks the rows bedroom, bathroom, dining room and kitchen; the marks are
 * lost in its text. Read here: k shots are images of the first k scene types. A type's images are drawn in an order that depends only
 * on seed and type.
 *
 * @param frames those to draw from: the training part.
 * @returns ids, sorted by type and then in the order drawn.
 * @throws RangeError if an option is out of range, or a type has too few images.
 */
export function sampleShots(
  frames: readonly FrameInfo[],
  { shots, sceneTypes = SHOT_TYPES, images = 100, seed = 0 }: ShotOptions,
): string[] {
  checkSeed(seed);
  if (!Number.isInteger(shots) || shots < 1 || shots > sceneTypes.length) {
    throw new RangeError(`shots must be an integer from 1 to ${sceneTypes.length}, got ${shots}.`);
  }
  if (!Number.isInteger(images) || images < shots) {
    throw new RangeError(`images must be an integer from ${shots}, one for each scene type, got ${images}.`);
  }
  return sceneTypes.slice(0, shots).flatMap((type, index) => {
    // What is left over by dividing goes to the first types.
    const count = Math.floor(images / shots) + (index < images % shots ? 1 : 0);
    return draw(frames, type, count, seed);
  });
}

/**
 * Draws one image of each scene type (Table I, column "Few-Shot": 28 images). 28 types are in the training list of 24,231 frames; the 795 labeled
 * training frames have 27.
 *
 * @param frames those to draw from: the training part.
 * @returns ids, in the order of their types.
 */
export function sampleOnePerSceneType(frames: readonly FrameInfo[], { seed = 0 }: { seed?: number } = {}): string[] {
  checkSeed(seed);
  const types = [...new Set(frames.map(({ sceneType }) => sceneType))].sort(byText);
  return types.flatMap((type) => draw(frames, type, 1, seed));
}

export interface ZeroShotOptions {
  /** The one type to train on. @default 'bedroom' */
  trainType?: string;
  /** The types to test on. @default ZERO_SHOT_TYPES */
  testTypes?: readonly string[];
  /** How many images to train on. @default all there are */
  images?: number;
  /** @default 0 */
  seed?: number;
}

/** Frame ids: train on one scene type, test on each of others. */
export interface ZeroShotSample {
  train: string[];
  test: Record<string, string[]>;
}

/**
 * Draws the images of the paper's zero-shot groups (Table II): train on one scene type, test on four that training never sees. The paper does not
 * name the type it trains on; the default is the first of Table I, which Table II does not test on.
 *
 * @throws RangeError if a type is on both sides, or has no or too few images.
 */
export function sampleZeroShot(
  { train, test }: { train: readonly FrameInfo[]; test: readonly FrameInfo[] },
  { trainType = SHOT_TYPES[0], testTypes = ZERO_SHOT_TYPES, images, seed = 0 }: ZeroShotOptions = {},
): ZeroShotSample {
  checkSeed(seed);
  if (testTypes.includes(trainType))
    throw new RangeError(`The scene type ${trainType} can't be both trained and tested on.`);
  const all = (frames: readonly FrameInfo[], type: string) => {
    const ids = frames.filter(({ sceneType }) => sceneType === type).map(({ id }) => id);
    if (ids.length === 0) throw tooFew(frames, type, 1, 0);
    return ids.sort(byText);
  };
  return {
    train: images === undefined ? all(train, trainType) : draw(train, trainType, images, seed),
    test: Object.fromEntries(testTypes.map((type) => [type, all(test, type)])),
  };
}

/**
 * The samples for every row and column of the paper's Tables I and II, by the names `1-shot` to `4-shot` and `few-shot` (Table I),
 * `zero-shot/train` and `zero-shot/test/<type>` (Table II).
 *
 * @param tables which of the two. @default both
 * @throws RangeError as the functions that draw them.
 */
export function samplePaperTables(
  parts: { train: readonly FrameInfo[]; test: readonly FrameInfo[] },
  { seed = 0, images = 100, tables = [1, 2] }: { seed?: number; images?: number; tables?: readonly (1 | 2)[] } = {},
): Record<string, string[]> {
  return {
    ...(tables.includes(1) && {
      ...Object.fromEntries(
        SHOT_TYPES.map((_, index) => [
          `${index + 1}-shot`,
          sampleShots(parts.train, { shots: index + 1, images, seed }),
        ]),
      ),
      'few-shot': sampleOnePerSceneType(parts.train, { seed }),
    }),
    ...(tables.includes(2) && zeroShotLists(sampleZeroShot(parts, { seed }))),
  };
}

function zeroShotLists({ train, test }: ZeroShotSample): Record<string, string[]> {
  const lists = Object.entries(test).map(([type, ids]) => [`zero-shot/test/${type}`, ids]);
  return { 'zero-shot/train': train, ...Object.fromEntries(lists) };
}

function draw(frames: readonly FrameInfo[], type: string, count: number, seed: number): string[] {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`images must be an integer from 1, got ${count}.`);
  const ids = frames.filter(({ sceneType }) => sceneType === type).map(({ id }) => id);
  if (ids.length < count) throw tooFew(frames, type, count, ids.length);
  // Sorted first, so that the order of files on a disk does not change the sample.
  return shuffled(ids.sort(byText), seededRandom('sample', seed, type)).slice(0, count);
}

function tooFew(frames: readonly FrameInfo[], type: string, wanted: number, there: number): RangeError {
  const types = [...new Set(frames.map(({ sceneType }) => sceneType))].sort(byText).join(', ');
  return new RangeError(
    `${wanted} ${wanted === 1 ? 'image' : 'images'} of the scene type ${type} ${wanted === 1 ? 'is' : 'are'} needed, but there ${there === 1 ? 'is' : 'are'} ${there}. The types are: ${types || 'none'}.`,
  );
}
