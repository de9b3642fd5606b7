export * from './generate.js';
export { type FramesOptions, generateFrames, listFrames } from './generate-frames.js';
export { depthFromReading, readingOfDepth } from './sense-depth.js';
export type { Frames } from './writers/frames.js';
export { type LabeledOptions, writeLabeled } from './writers/write-labeled.js';
export { depthCameraPose, type RawDumpOptions, writeRawDump } from './writers/write-raw-dump.js';
export { frameFile, type ShardOptions, writeShards } from './writers/write-shards.js';
export { type Splits, splitByScene, writeSplits } from './writers/write-splits.js';
export { type SyncFolderOptions, writeSyncFolder } from './writers/write-sync-folder.js';
