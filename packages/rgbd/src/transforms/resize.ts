import { resizeIntrinsics } from '@llm-mde/depth-maps';
import { loadSharp } from '../optional-packages.js';
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

/** The size of a frame's depth. */
export function depthSizeOf({
  image,
  depthWidth,
  depthHeight,
}: Pick<Frame, 'image' | 'depthWidth' | 'depthHeight'>): Size {
  return { width: depthWidth ?? image.width, height: depthHeight ?? image.height };
}

/** Values of a frame's image, such as a prediction, where its depth is: of each depth pixel, the one at its center. */
export function atDepthSize(
  values: Float32Array,
  frame: Pick<Frame, 'image' | 'depthWidth' | 'depthHeight'>,
): Float32Array {
  const { width, height } = depthSizeOf(frame);
  const isSame = width === frame.image.width && height === frame.image.height;
  return isSame ? values : nearestPixels(values, frame.image, { width, height });
}

/** The frame with depth in every pixel of its image: that of the depth pixel that it lies in. */
export function withDepthOfImage(frame: Frame): Frame {
  const { depthWidth, depthHeight, ...rest } = frame;
  if (depthWidth === undefined && depthHeight === undefined) return frame;
  return { ...rest, ...resizeNearest(frame, depthSizeOf(frame), frame.image) };
}

/** One value a pixel at another size, as {@link resizeNearest} has them. */
function nearestPixels<T extends Uint8Array | Float32Array>(values: T, from: Size, to: Size): T {
  const nearest = (there: number, here: number) =>
    Array.from({ length: here }, (_, at) => Math.floor(((at + 0.5) * there) / here));
  return remap(values, from, nearest(from.height, to.height), nearest(from.width, to.width));
}

/**
 * A frame whose longer side is at most so many pixels: a larger image is filtered down, its depth, if it is larger than that, taken from the nearest pixels, and its camera scaled.
 */
export async function reduceFrame(frame: Frame, maxSize: number): Promise<Frame> {
  const { image, intrinsics } = frame;
  const factor = maxSize / Math.max(image.width, image.height);
  if (factor >= 1) return frame;
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * factor))) as [
    number,
    number,
  ];
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: image.channels };
  const data = await sharp(image.data, { raw }).resize(width, height, { fit: 'fill' }).raw().toBuffer();
  return {
    ...frame,
    ...(intrinsics && { intrinsics: resizeIntrinsics(intrinsics, image, { width, height }) }),
    // A copy: a small buffer of Node's lies in a shared one, which can't be moved to another thread.
    image: { ...image, data: new Uint8Array(data), width, height },
    ...reducedDepth(frame, { width, height }),
  };
}

/** Depth that is smaller than the image stays as it is. */
function reducedDepth(frame: Frame, to: Size): Pick<Frame, 'depth' | 'valid' | 'depthWidth' | 'depthHeight'> {
  const { depth, valid } = frame;
  const { width, height } = depthSizeOf(frame);
  if (width > to.width || height > to.height)
    return { ...resizeNearest(frame, { width, height }, to), depthWidth: undefined, depthHeight: undefined };
  return { depth, valid, depthWidth: width, depthHeight: height };
}

/**
 * A frame of these rows and columns of another one's image, in this order; they follow each other, forwards or backwards. Depth of a size of its own is cut and turned as well, to the nearest
 * of its pixels.
 */
export function remapFrame(frame: Frame, rows: readonly number[], columns: readonly number[]): Frame {
  const { image, depth, valid, depthWidth, depthHeight } = frame;
  const size = depthSizeOf(frame);
  const hasOwnSize = depthWidth !== undefined || depthHeight !== undefined;
  const ofDepth = (places: readonly number[], here: number, there: number) =>
    hasOwnSize ? placesOfDepth(places, here, there) : places;
  const [depthRows, depthColumns] = [
    ofDepth(rows, image.height, size.height),
    ofDepth(columns, image.width, size.width),
  ];
  return {
    ...frame,
    image: { ...image, data: remap(image.data, image, rows, columns, 3), width: columns.length, height: rows.length },
    depth: remap(depth, size, depthRows, depthColumns),
    valid: remap(valid, size, depthRows, depthColumns),
    ...(hasOwnSize && { depthWidth: depthColumns.length, depthHeight: depthRows.length }),
  };
}

/** The rows of depth that lie at successive rows of an image of `here` rows, whose depth has `there`. */
function placesOfDepth(places: readonly number[], here: number, there: number): number[] {
  const count = Math.max(1, Math.round((places.length * there) / here));
  const [first, last] = [places[0]!, places.at(-1)!];
  const step = first <= last ? 1 : -1;
  // From the edge where the part begins: rows are counted at their centers.
  const start = step === 1 ? first : first + 1;
  return Array.from({ length: count }, (_, at) => {
    const center = start + (step * (at + 0.5) * places.length) / count;
    return Math.min(there - 1, Math.floor((center * there) / here));
  });
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
