// Imported by worker threads: reads frames of a folder of images and depth maps.
import { type ImageFolderIndex, readImageFolder } from './dataset/image-folder.js';
import { startDecoding } from './loader/decode.js';

export const start = (index: ImageFolderIndex) => startDecoding(readImageFolder(index));
