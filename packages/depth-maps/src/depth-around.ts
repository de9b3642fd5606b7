import type { Size } from './size.js';

/** Half a window, as a fraction of a photo's shorter side. */
const RADIUS = 0.01;

/**
 * The median depth of the small window around a pixel, for surfaces that somebody points at or has measured. At the edge the window is cut off.
 *
 * @param map Depth in row-major order, each value a number.
 * @param pixel Column and row, from the top left, which may lie between pixels.
 */
export function depthAround(
  { depth, width, height }: Size & { depth: ArrayLike<number> },
  [x, y]: readonly [column: number, row: number],
): number {
  const radius = Math.max(1, RADIUS * Math.min(width, height));
  const window: number[] = [];
  for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
    for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
      window.push(depth[row * width + column]!);
    }
  }
  return window.sort((one, other) => one - other)[window.length >> 1]!;
}
