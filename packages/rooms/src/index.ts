export * from './generate.js';
export { type FramesOptions, generateFrames, listFrames } from './generate-frames.js';
export { depthFromReading, depthToDisparity } from './simulate-kinect-depth.js';
export type { Frames } from './writers/frames.js';
export { type SyncFolderOptions, writeBtsLists } from './writers/write-bts-lists.js';
export { frameFile, type ShardOptions, writeFastDepth } from './writers/write-fast-depth.js';
export { type LabeledOptions, writeLabeled } from './writers/write-labeled.js';
export { depthCameraPose, type RawDumpOptions, writeRawDump } from './writers/write-raw-dump.js';
export { type Splits, splitByScene, writeSplits } from './writers/write-splits.js';
