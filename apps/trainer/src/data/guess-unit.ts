import type { Frame } from '@llm-mde/rgbd';

/** Metres: no room's frame has its median depth nearer or farther, and few of other places have. */
const MEDIANS = { nearest: 0.2, farthest: 80 };

/**
 * What the stored values of 16-bit depth maps, read as millimetres, say of another unit: a sentence with the option that reads them right. TUM RGB-D's are multiples of 5,
 * since its sensor gave millimetres; SUN RGB-D's, nearer than 8.192 m, of 8.
 *
 * @returns undefined if nothing speaks against millimetres, or the depths were not stored as such.
 */
export function guessUnit({ depth, valid }: Pick<Frame, 'depth' | 'valid'>): string | undefined {
  const stored = Array.from(
    depth.filter((_, pixel) => valid[pixel]),
    (metres) => metres * 1000,
  );
  const isWhole = stored.every((value) => Math.abs(value - Math.round(value)) < 0.01);
  // Of a few values nothing follows.
  if (!isWhole || new Set(stored.map(Math.round)).size < 20) return undefined;
  const share = (divisor: number) => stored.filter((value) => Math.round(value) % divisor === 0).length / stored.length;
  if (share(8) > 0.95)
    return "The values of its depth map are multiples of 8, as SUN RGB-D's rotated bits are: read them with --depth-encoding sun-rgbd.";
  if (share(5) > 0.99)
    return "The values of its depth map are multiples of 5, as TUM RGB-D's are, 5000 a metre: read them with --depth-scale 0.0002.";
  return undefined;
}

/** Says where no camera takes such a picture. */
export function oddMedian(median: number | null): string | undefined {
  if (median === null || (median >= MEDIANS.nearest && median <= MEDIANS.farthest)) return undefined;
  const metres = median.toFixed(median < 1 ? 4 : 1);
  return `The median depth of this frame is ${metres} m, and photographs have ${MEDIANS.nearest} to ${MEDIANS.farthest} m: another unit is set with --depth-scale, metres per stored value.`;
}
