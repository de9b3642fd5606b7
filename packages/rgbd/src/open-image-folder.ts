import { type ImageFolderOptions, indexImageFolder, readImageFolder } from './dataset/image-folder.js';
import { builtModule } from './loader/worker-pool.js';
import { RgbdDataset } from './rgbd-dataset.js';

/**
 * Opens a folder of images and depth maps as a data set: two folders, one of each, in which the files of a pair have the same path without
 * its ending. Depth is a 16-bit PNG in millimetres, or EXR or NPY in metres. Only names are read; frames are read when they are asked for.
 *
 * @throws DatasetError if a folder is missing, no pair is found, or an image or depth map has no partner and `onBadFrame` is 'throw'.
 */
export async function openImageFolder(path: string, options: ImageFolderOptions = {}): Promise<RgbdDataset> {
  const reader = { open: readImageFolder, module: builtModule('decode-images.js', import.meta.url) };
  return new RgbdDataset(path, await indexImageFolder(path, options), reader, options.onBadFrame ?? 'throw');
}
