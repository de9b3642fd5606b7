import { DatasetError } from './dataset-error.js';

/** What is known of a frame before its pixels are read. */
export interface FrameInfo {
  /** Names the frame within its data set; the same for the same files on every machine. */
  id: string;
  /** The place where it was taken, `kitchen_0028b`. Frames of a scene look alike: keep them on one side of every split. */
  scene: string;
  /** What kind of place that is, `kitchen`. */
  sceneType: string;
  /** The side of the published split it is on. `holdout`: a training frame that fast-depth leaves out of training. */
  part?: FramePart;
  /** Focal length in pixels, where the format states one. */
  focalLength?: number;
}

export type FramePart = 'train' | 'test' | 'holdout';

/** A photograph and its depth, pixel by pixel. */
export interface Frame extends FrameInfo {
  /** `height * width * 3` values from 0 to 255: rows from top to bottom, red, green and blue interleaved. */
  image: RgbImage;
  /** Metres, `[height, width]` like the image; 0 where nothing was measured. */
  depth: Float32Array;
  /** `[height, width]`: 1 where `depth` is a measurement, else 0. */
  valid: Uint8Array;
}

export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3;
}

/** A depth map as a file gives it, in metres. */
export interface DepthMap {
  data: Float32Array;
  width: number;
  height: number;
}

export interface AssembleOptions {
  /** The file that the depth came from, for errors. */
  file: string;
  /**
   * What NaN, infinity and negative values are: `refuse` them, for the published formats never hold them, or take them as `holes`, as
   * renderers and laser scanners write them.
   * @default 'refuse'
   */
  notDepth?: 'refuse' | 'holes';
}

/**
 * Puts a frame together and derives its mask.
 *
 * @param depth metres; 0 means not measured. Its array becomes the frame's, holes set to 0.
 * @throws DatasetError if image and depth differ in size, or the depth holds what is no depth.
 */
export function assembleFrame(
  info: FrameInfo,
  image: RgbImage,
  depth: DepthMap,
  { file, notDepth = 'refuse' }: AssembleOptions,
): Frame {
  if (image.width !== depth.width || image.height !== depth.height) {
    throw new DatasetError(
      `The depth map has ${depth.width} by ${depth.height} pixels, but the image ${image.width} by ${image.height}. Both must be equal.`,
      { file, frame: info.id },
    );
  }
  const values = depth.data;
  const valid = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value > 0 && value < Number.POSITIVE_INFINITY) {
      valid[index] = 1;
    } else if (value !== 0) {
      if (notDepth === 'refuse') throw noDepth(value, index, depth, file, info);
      values[index] = 0;
    } else {
      values[index] = 0; // no minus zero
    }
  }
  return { ...info, image, depth: values, valid };
}

function noDepth(value: number, index: number, { width }: DepthMap, file: string, info: FrameInfo): DatasetError {
  return new DatasetError(
    `The depth at row ${Math.floor(index / width)}, column ${index % width} is ${value}. Depths must be metres from 0 (not measured).`,
    { file, frame: info.id },
  );
}
