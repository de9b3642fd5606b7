import type { Pixel } from './geometry.js';

/** What is measured: one point, from the camera, or two; while the second is not chosen, it is where the pointer is. */
export function measuredPixels({
  measured,
  pointer,
}: {
  measured: readonly Pixel[];
  pointer: Pixel | undefined;
}): readonly Pixel[] {
  const [first] = measured;
  if (!first || measured.length > 1 || !pointer) return measured;
  const isFirst = pointer.column === first.column && pointer.row === first.row;
  return isFirst ? measured : [first, pointer];
}
