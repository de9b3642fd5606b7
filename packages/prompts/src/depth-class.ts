import type { PixelStatistics } from './statistics.js';

/**
 * The paper's seven classes in its order, each with the bin of DepthCLIP that it comes from, that bin's place on the scale of pixel values,
 * and the medians that lie nearest to that place.
 *
 * - `bin`: metres in DepthCLIP. Here only the spacing of the classes is taken from it; an image of class `far` is not 2.75 m deep.
 * - `level`: the bin mapped linearly from [1, 3] to [0, 255], `(bin - 1) / 2 * 255`.
 * - `from`, `to`: first and last median of the class, both included. Together the classes cover 0 to 255 without gap or overlap.
 */
export const DEPTH_CLASSES = [
  { name: 'giant', bin: 1, level: 0, from: 0, to: 31 },
  { name: 'extremely close', bin: 1.5, level: 63.75, from: 32, to: 95 },
  { name: 'close', bin: 2, level: 127.5, from: 96, to: 143 },
  { name: 'not in distance', bin: 2.25, level: 159.375, from: 144, to: 175 },
  { name: 'a little remote', bin: 2.5, level: 191.25, from: 176, to: 207 },
  { name: 'far', bin: 2.75, level: 223.125, from: 208, to: 239 },
  { name: 'unseen', bin: 3, level: 255, from: 240, to: 255 },
] as const;

export type DepthClass = (typeof DEPTH_CLASSES)[number]['name'];

/**
 * The class of one image: the one whose level lies nearest to the median of the image's pixel values. A class says how bright an image is,
 * not how deep. The paper names neither a statistic nor limits; docs/paper.md says how this reading came about.
 */
export function classifyDepth({ median }: Pick<PixelStatistics, 'median'>): DepthClass {
  return DEPTH_CLASSES.find(({ to }) => median <= to)!.name;
}
