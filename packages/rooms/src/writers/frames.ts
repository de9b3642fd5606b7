import type { Frame } from '../generate-frame.js';

/** Frames to write: an array, a generator, or {@link generateFrames}. */
export type Frames = Iterable<Frame> | AsyncIterable<Frame>;

/** Refuses a frame of another size than the first. */
export function checkSize(frame: Frame, width: number, height: number): void {
  if (frame.image.width !== width || frame.image.height !== height) {
    throw new RangeError(
      `Frame ${frame.id} has ${frame.image.width} × ${frame.image.height} pixels, but the first had ${width} × ${height}: all frames of one file must be of one size.`,
    );
  }
}

/** Millimetres, cut off as NYU's own scripts do. */
export function millimetres(depth: Float32Array): Uint16Array {
  return Uint16Array.from(depth, (metres) => Math.min(65535, Math.floor(metres * 1000)));
}
