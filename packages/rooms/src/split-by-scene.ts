import { Random } from './random.js';

/**
 * Splits frames into training and test so that no scene is in both, as NYU's own split does.
 *
 * @param scenes each frame's scene.
 * @param trainShare about which fraction of the frames is for training. @default 795 / 1449
 * @returns positions in `scenes`.
 */
export function splitByScene(
  scenes: readonly string[],
  trainShare = 795 / 1449,
  seed = 0,
): { train: number[]; test: number[] } {
  const random = new Random(seed);
  const names = [...new Set(scenes)];
  // Fisher and Yates's shuffle.
  for (let index = names.length - 1; index > 0; index--) {
    const other = random.integer(0, index);
    [names[index], names[other]] = [names[other]!, names[index]!];
  }
  const trainScenes = new Set<string>();
  let taken = 0;
  for (const name of names) {
    const size = scenes.filter((scene) => scene === name).length;
    if (taken + size / 2 > trainShare * scenes.length) continue;
    trainScenes.add(name);
    taken += size;
  }
  const places = [...scenes.keys()];
  return {
    train: places.filter((place) => trainScenes.has(scenes[place]!)),
    test: places.filter((place) => !trainScenes.has(scenes[place]!)),
  };
}
