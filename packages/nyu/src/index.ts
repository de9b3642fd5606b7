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
export { fillDepthColorization } from './raw-dump/fill-depth-colorization.js';
export { projectDepth } from './raw-dump/project.js';
export { synchronize } from './raw-dump/synchronize.js';
export { type KinectRecording, writeRawDump } from './raw-dump/write-raw-dump.js';
export type { WritableFrame, WritableFrames } from './writable-frame.js';
export { type WriteBtsListsOptions, writeBtsLists } from './write-bts-lists.js';
export { frameFile, type WriteFastDepthOptions, writeFastDepth } from './write-fast-depth.js';
export { type SplitPositions, type WriteLabeledOptions, writeLabeled, writeSplits } from './write-labeled.js';
