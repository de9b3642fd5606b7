import { resizeIntrinsics } from '@llm-mde/depth-maps';
import type { Frame } from '../types.js';

interface Size {
  width: number;
  height: number;
}

/** Depth and its mask at another size: each pixel takes the one whose center is nearest, so that no depth appears that was not measured. */
export function resizeNearest(
  { depth, valid }: Pick<Frame, 'depth' | 'valid'>,
  from: Size,
  to: Size,
): { depth: Float32Array; valid: Uint8Array } {
  return { depth: nearestPixels(depth, from, to), valid: nearestPixels(valid, from, to) };
}

/** One value a pixel at another size, as {@link resizeNearest} has them. */
export function nearestPixels<T extends Uint8Array | Float32Array>(values: T, from: Size, to: Size): T {
  const nearest = (there: number, here: number) =>
    Array.from({ length: here }, (_, at) => Math.floor(((at + 0.5) * there) / here));
  return remap(values, from, nearest(from.height, to.height), nearest(from.width, to.width));
}

/**
 * A frame whose longer side is at most so many pixels: a larger image is filtered down, its depth taken from the nearest pixels, and its camera scaled.
 */
export async function reduceFrame(frame: Frame, maxSize: number): Promise<Frame> {
  const { image, intrinsics } = frame;
  const factor = maxSize / Math.max(image.width, image.height);
  if (factor >= 1) return frame;
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * factor))) as [
    number,
    number,
  ];
  const { default: sharp } = await import('sharp');
  const raw = { width: image.width, height: image.height, channels: image.channels };
  const data = await sharp(image.data, { raw }).resize(width, height, { fit: 'fill' }).raw().toBuffer();
  return {
    ...frame,
    ...(intrinsics && { intrinsics: resizeIntrinsics(intrinsics, image, { width, height }) }),
    // A copy: a small buffer of Node's lies in a shared one, which can't be moved to another thread.
    image: { ...image, data: new Uint8Array(data), width, height },
    ...resizeNearest(frame, image, { width, height }),
  };
}

/** A frame of these rows and columns of another one, in this order. */
export function remapFrame(frame: Frame, rows: readonly number[], columns: readonly number[]): Frame {
  const { image, depth, valid } = frame;
  return {
    ...frame,
    image: { ...image, data: remap(image.data, image, rows, columns, 3), width: columns.length, height: rows.length },
    depth: remap(depth, image, rows, columns),
    valid: remap(valid, image, rows, columns),
  };
}

function remap<T extends Uint8Array | Float32Array>(
  values: T,
  { width }: Size,
  rows: readonly number[],
  columns: readonly number[],
  channels = 1,
): T {
  const result = new (values.constructor as new (length: number) => T)(rows.length * columns.length * channels);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * width + column) * channels;
      for (let channel = 0; channel < channels; channel++) result[at++] = values[from + channel]!;
    }
  }
  return result;
}
