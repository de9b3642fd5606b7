export type { FrameListSource } from './bts-lists.js';
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
} from './few-shot.js';
export type { Format, OpenOptions } from './formats.js';
export { openNyu } from './open-nyu.js';
export { type Camera, KINECT } from './raw-dump/camera.js';
export { disparityToDepth } from './raw-dump/disparity-to-depth.js';
export { fillDepthColorization } from './raw-dump/fill-depth-colorization.js';
export { projectDepth } from './raw-dump/project.js';
export { synchronize } from './raw-dump/synchronize.js';
