export { type CheckDepthsOptions, checkDepths, type DepthCheck } from './check-depths.js';
export { assembleFrame } from './dataset/assemble-frame.js';
export { containerHint } from './dataset/containers.js';
export { DATASET_FILE, formatLayout, isDatasetFile } from './dataset/dataset-file.js';
export { byText, Findings } from './dataset/findings.js';
export {
  type FrameList,
  formatFrameList,
  parseFrameList,
  readFrameList,
  writeFrameList,
} from './dataset/frame-list.js';
export {
  hasImagesWithDepth,
  type ImageFolderIndex,
  type ImageFolderOptions,
  indexImageFolder,
  looksLikeImageFolder,
  readImageFolder,
} from './dataset/image-folder.js';
export {
  checkLayout,
  type DescribedLayout,
  ENCODINGS,
  type ImageFolderLayout,
  PAIRINGS,
  type Pairing,
} from './dataset/layout.js';
export { filesBelow, leadsToFolder } from './dataset/list-files.js';
export { missingFiles } from './dataset/missing-files.js';
export { sceneTypeOf } from './dataset/scene-type.js';
export type { FrameFiles, FrameReader, IndexReader, SourceIndex } from './dataset/source.js';
export {
  holdOutScenes,
  type SplitOptions,
  type Splits,
  splitFrames,
  type ValidationOptions,
} from './dataset/splits.js';
export { writeImageFolder } from './dataset/write-image-folder.js';
export { badFile, DatasetError, inFile, NO_SUCH_FILE, type OnBadFrame, type SkippedFile } from './errors.js';
export type { DepthEncoding } from './formats/image.js';
export { type Batch, DataLoader, type DataLoaderOptions, type DataLoaderState } from './loader/data-loader.js';
export { type AugmentationOptions, startDecoding } from './loader/decode.js';
export { builtModule, type TaskHandler, WorkerPool, type WorkerPoolOptions } from './loader/worker-pool.js';
export { openImageFolder } from './open-image-folder.js';
export { checkSeed, type Random, seededRandom, shuffled } from './random.js';
export { RgbdDataset } from './rgbd-dataset.js';
export { type AugmentOptions, augment, type ColorOptions, rotate } from './transforms/augment.js';
export { type PhotometricOptions, varyPhotometrically } from './transforms/photometric.js';
export { atDepthSize, depthSizeOf, resizeNearest, withDepthOfImage } from './transforms/resize.js';
export type { DepthMap, Frame, FrameInfo, RgbImage, SplitName } from './types.js';
