import type { DepthMap } from './geometry.js';

/** How two depth maps of a photo differ, in metres. */
export interface Difference {
  /** The second minus the first, for each pixel. */
  values: Float32Array;
  /** Mean of the differences without their sign. */
  meanAbsolute: number;
  /** With it: how much farther the second is on average. */
  mean: number;
  /** The end of the scale: 98 of 100 pixels differ by less. */
  limit: number;
}

/** @throws RangeError if the maps differ in size. */
export function differenceOf(first: DepthMap, second: DepthMap): Difference {
  if (first.width !== second.width || first.height !== second.height) {
    throw new RangeError('Both depth maps must be of one size.');
  }
  const values = first.depth.map((metres, pixel) => second.depth[pixel]! - metres);
  const sizes = values.map(Math.abs).sort();
  const sum = (list: Float32Array) => list.reduce((total, value) => total + value, 0);
  return {
    values,
    meanAbsolute: sum(sizes) / sizes.length,
    mean: sum(values) / values.length,
    limit: sizes[Math.floor(0.98 * (sizes.length - 1))]!,
  };
}

const [NEARER, EVEN, FARTHER] = [
  [33, 102, 172],
  [247, 247, 247],
  [178, 24, 43],
] as const;

/** The color of a share from −1, blue, over 0, nearly white, to 1, red. */
export function divergingColor(share: number): readonly [number, number, number] {
  const end = share < 0 ? NEARER : FARTHER;
  const weight = Math.min(1, Math.abs(share));
  const mix = (channel: 0 | 1 | 2) => Math.round(EVEN[channel] + (end[channel] - EVEN[channel]) * weight);
  return [mix(0), mix(1), mix(2)];
}

/** A picture of differences, RGB interleaved. */
export function colorizeDifference({ values, limit }: Pick<Difference, 'values' | 'limit'>): Uint8Array {
  const picture = new Uint8Array(3 * values.length);
  for (const [pixel, value] of values.entries()) picture.set(divergingColor(limit > 0 ? value / limit : 0), 3 * pixel);
  return picture;
}

/** Such as `12 cm`. */
export function centimetres(metres: number): string {
  const value = 100 * metres;
  return `${value.toFixed(Math.abs(value) < 1 ? 1 : 0)} cm`;
}
