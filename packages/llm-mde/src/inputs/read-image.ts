import type { ImageFile, PageImage } from '@llm-mde/vision-encoder/decode-image';
import * as tf from '@tensorflow/tfjs-core';
import type { CameraImage } from './camera.js';

/** Pixels as browsers hold them, RGBA: an `ImageData`. */
interface ImagePixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels?: undefined;
}

/**
 * What `LlmMde.predict` takes for an image:
 *
 * - the path or the address of an image file: text or a `URL`. In a browser text is an address, relative to the page
 * - the content of an image file: a `Blob`, a `Buffer` or other `Uint8Array`, an `ArrayBuffer`
 * - in a browser what a page shows: an `HTMLImageElement`, a canvas, a video, an `ImageBitmap`, a `VideoFrame`
 * - pixels: `ImageData`, or `{ data, width, height, channels }`
 * - a tensor [height,width,channels] with 1, 3 or 4 channels: int32 from 0 to 255, or float32 from 0 to 1
 */
export type ImageSource = CameraImage | ImagePixels | ImageFile | PageImage | tf.Tensor3D;

export interface ReadImageOptions {
  /** Focal length in pixels. @default what the file's EXIF data state, where they do: in Node of every format, in a browser of JPEG */
  focal?: number | undefined;
  /** Told what is wrong with EXIF data that are not used therefore. */
  onProblem?: ((problem: string) => void) | undefined;
}

/**
 * The pixels of an image, turned as its EXIF data say, and its focal length where that is known.
 *
 * @throws Error if a file cannot be read or decoded, or a tensor is none of an image.
 */
export async function readImage(
  source: ImageSource,
  { focal, onProblem }: ReadImageOptions = {},
): Promise<CameraImage> {
  const image = await pixelsOf(source, focal === undefined ? onProblem : undefined);
  return focal === undefined ? image : { ...image, focalLength: focal };
}

async function pixelsOf(source: ImageSource, onProblem: ReadImageOptions['onProblem']): Promise<CameraImage> {
  if (source instanceof tf.Tensor) return pixelsOfTensor(source);
  if (isPixels(source)) return withChannels(source);
  if (typeof source !== 'string' && (typeof source !== 'object' || source === null)) {
    throw new Error(
      `An image was expected: the path or address of a file, its content, { data, width, height, channels } or a tensor, but ${source} was given.`,
    );
  }
  const { decodePhoto } = await import('@llm-mde/vision-encoder/decode-image');
  const { exifFocalLength, exifOfJpeg } = await import('@llm-mde/depth-maps');
  const { image, exif, file } = await decodePhoto(source);
  const { focalLength, problem } = await exifFocalLength(exif ?? (file && exifOfJpeg(file)), image);
  if (problem !== undefined) onProblem?.(problem);
  return focalLength === undefined ? image : { ...image, focalLength };
}

function isPixels(source: ImageSource): source is CameraImage | ImagePixels {
  return typeof source === 'object' && source !== null && 'data' in source;
}

/** An `ImageData` does not say that it has four; who made pixels says how many they have. */
function withChannels(source: CameraImage | ImagePixels): CameraImage {
  if (source.channels !== undefined || !(source.data instanceof Uint8ClampedArray)) return source as CameraImage;
  const { data, width, height } = source;
  return { data, width, height, channels: 4 };
}

async function pixelsOfTensor(tensor: tf.Tensor): Promise<CameraImage> {
  const [height, width, channels] = tensor.shape as [number, number, number];
  const { dtype } = tensor;
  const isImage = tensor.rank === 3 && [1, 3, 4].includes(channels) && (dtype === 'int32' || dtype === 'float32');
  const shown = `a tensor [${tensor.shape}] of type ${dtype}`;
  if (!isImage) {
    throw new Error(
      `An image was expected as a tensor [height,width,channels] with 1, 3 or 4 channels, of type int32 or float32, but ${shown} was given.`,
    );
  }
  const [factor, most] = dtype === 'int32' ? [1, 255] : [255, 1];
  const values = await tensor.data();
  const data = new Uint8Array(values.length);
  for (let at = 0; at < data.length; at++) {
    const value = values[at]!;
    if (!(value >= 0 && value <= most)) {
      throw new Error(`The values of ${shown} must be from 0 to ${most} to be an image, but one is ${value}.`);
    }
    data[at] = Math.round(factor * value);
  }
  return { data, width, height, channels: channels as CameraImage['channels'] };
}
