import type { Frame, RgbImage } from '@llm-mde/rgbd';

/** A frame to write, with both kinds of depth. */
export interface WritableFrame {
  id: string;
  scene: string;
  sceneType: string;
  image: RgbImage;
  /** Metres, without missing depth. */
  depth: Float32Array;
  /** Metres as a sensor measures them, 0 where depth is missing. */
  rawDepth: Float32Array;
  /** Lists state its focal length; the other formats are always of NYU's camera. @default NYU's color camera */
  intrinsics?: Frame['intrinsics'];
}

/** Frames to write: an array, a generator or an async generator. */
export type WritableFrames = Iterable<WritableFrame> | AsyncIterable<WritableFrame>;
