import type { Intrinsics } from '@llm-mde/depth-maps';

/** What is known of a frame before its pixels are read. */
export interface FrameInfo {
  /** Names the frame within its data set; the same for the same files on every machine. */
  id: string;
  /** The place where it was taken. Frames of one scene look alike: keep them on one side of every split. */
  scene: string;
  /** The kind of place, such as `kitchen`. */
  sceneType: string;
  /** The published split that it belongs to. `holdout`: published for training, but not to be trained on. */
  split?: SplitName;
  /** Focal length in pixels, if a list states it. */
  focalLength?: number;
}

export type SplitName = 'train' | 'test' | 'holdout';

/** An image and its depth, which shows the same at its own size. */
export interface Frame extends FrameInfo {
  image: RgbImage;
  /** The camera's constants in pixels of `image`, if the format knows them. */
  intrinsics?: Intrinsics;
  /** Metres along the camera's axis, `[depthHeight, depthWidth]`; 0 where depth is missing. */
  depth: Float32Array;
  /** Of the same size: 1 where `depth` is a measurement, else 0. */
  valid: Uint8Array;
  /** Width of `depth`. Phones and laser scanners measure it in fewer pixels than they photograph. @default the image's */
  depthWidth?: number;
  /** @default the image's */
  depthHeight?: number;
}

/** `height * width * 3` values from 0 to 255: rows from top to bottom, red, green and blue interleaved. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3;
}

/** A depth map in metres, `[height, width]`. */
export interface DepthMap {
  data: Float32Array;
  width: number;
  height: number;
}
