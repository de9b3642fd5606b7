export { type AugmentOptions, augment, type ColorOptions, rotate } from './augment.js';
export { type Batch, type BatchCursor, Batches, type BatchOptions } from './batches/batches.js';
export { COLOR_REGION, DEPTH_REGION, keepColor, keepDepth, type Region } from './borders.js';
export { DatasetError, type OnBadFrame, type SkippedFile } from './dataset-error.js';
export { fillDepthColorization } from './fill/fill-depth-colorization.js';
export type { DepthMap, Frame, FrameInfo, FramePart, RgbImage } from './frame.js';
export { type FrameList, formatFrameList, parseFrameList, readFrameList, writeFrameList } from './frame-list.js';
export type { NyuDataset } from './nyu-dataset.js';
export { type OpenOptions, openNyu } from './open-nyu.js';
export { type Random, seededRandom } from './random.js';
export { type Camera, KINECT } from './raw/camera.js';
export { disparityToDepth } from './raw/disparity-to-depth.js';
export { projectDepth } from './raw/project.js';
export { synchronize } from './raw/synchronize.js';
export {
  SHOT_TYPES,
  type ShotOptions,
  sampleOnePerSceneType,
  samplePaperTables,
  sampleShots,
  sampleZeroShot,
  ZERO_SHOT_TYPES,
  type ZeroShotOptions,
  type ZeroShotSample,
} from './sampling.js';
export { sceneTypeOf } from './scene-type.js';
export type { FrameListSource } from './sources/lists.js';
export type { PairsLayout } from './sources/pairs.js';
export type { Format } from './sources/source.js';
export {
  holdOutScenes,
  type Split,
  type SplitName,
  type SplitOptions,
  splitFrames,
  type ValidationOptions,
} from './split.js';
