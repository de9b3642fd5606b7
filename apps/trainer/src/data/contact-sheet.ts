import { colorizeDepth, encodePng } from '@llm-mde/depth-maps';
import { depthSizeOf, type Frame } from '@llm-mde/rgbd';

/** Pixels of one picture. */
const CELL = { width: 160, height: 120 };
/** Images in a row, each with its depth beside it. */
const COLUMNS = 2;

/**
 * A PNG of frames: each image beside its depth, from near, warm, to far, cold, all by one scale; what is missing is gray.
 *
 * @param range metres that the colors reach over.
 */
export function contactSheet(frames: readonly Frame[], [minDepth, maxDepth]: readonly [number, number]): Uint8Array {
  const width = 2 * COLUMNS * CELL.width;
  const height = Math.ceil(frames.length / COLUMNS) * CELL.height;
  const sheet = new Uint8Array(3 * width * height).fill(255);
  for (const [at, frame] of frames.entries()) {
    const [left, top] = [(at % COLUMNS) * 2 * CELL.width, Math.floor(at / COLUMNS) * CELL.height];
    const size = depthSizeOf(frame);
    const depth = colorizeDepth(frame.depth, { ...size, minDepth, maxDepth });
    paste(frame.image.data, frame.image, left, top);
    paste(depth, size, left + CELL.width, top);
  }
  return encodePng(sheet, { width, height });

  /** Whole, in its shape, by the nearest pixel. */
  function paste(rgb: ArrayLike<number>, size: { width: number; height: number }, left: number, top: number): void {
    const factor = Math.min(CELL.width / size.width, CELL.height / size.height);
    const [columns, rows] = [Math.floor(size.width * factor), Math.floor(size.height * factor)];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const from = Math.floor((row + 0.5) / factor) * size.width + Math.floor((column + 0.5) / factor);
        const to = (top + row) * width + left + column;
        for (let channel = 0; channel < 3; channel++) sheet[3 * to + channel] = rgb[3 * from + channel]!;
      }
    }
  }
}
