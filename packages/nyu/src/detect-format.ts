import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import {
  containerHint,
  DATASET_FILE,
  DatasetError,
  filesBelow,
  hasImagesWithDepth,
  inFile,
  isDatasetFile,
  leadsToFolder,
  looksLikeImageFolder,
} from '@llm-mde/rgbd';
import { badHdf5, hasHdf5Signature, openHdf5, readHead } from '@llm-mde/rgbd/formats';
import { isListName, listFilesIn } from './bts-lists.js';
import type { Format } from './formats.js';
import { parseRawName } from './raw-dump/synchronize.js';

/** What the data set at a path is. */
export interface DetectedFormat {
  format: Format;
  /** The path to open: the labeled file itself, where a folder was given. */
  path: string;
}

/** The labeled file's published name. */
const LABELED_NAME = 'nyu_depth_v2_labeled.mat';

/**
 * Finds out in which form a data set is: a file by its content, a folder by what lies in it and in its folders.
 *
 * @throws DatasetError if there is nothing, or nothing that is known.
 */
export async function detectFormat(path: string): Promise<DetectedFormat> {
  const isFolder = await isDirectory(path);
  return isFolder ? detectFolderFormat(path) : detectFileFormat(path);
}

async function detectFileFormat(path: string): Promise<DetectedFormat> {
  if (isDatasetFile(path)) return { format: 'pairs', path };
  const hint = containerHint(path);
  if (hint !== undefined) throw new DatasetError(hint, { file: path });
  const head = await readHead(path);
  if (head.length === 0) throw new DatasetError('The file is empty.', { file: path });
  if (hasHdf5Signature(head)) {
    const file = await openHdf5(path);
    try {
      return { format: file.has('images') ? 'labeled' : 'shards', path };
    } catch (error) {
      throw badHdf5(error, path);
    } finally {
      file.close();
    }
  }
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return { format: 'raw-dump', path };
  if (head.toString('latin1', 257, 262) === 'ustar' || extname(path) === '.tar') return { format: 'shards', path };
  if (isListName(path)) return { format: 'lists', path };
  if (head[0] === 0x1f && head[1] === 0x8b) {
    throw new DatasetError('It is compressed with gzip, which allows no reading from the middle: unpack it first.', {
      file: path,
    });
  }
  if (head.toString('latin1', 0, 6) === 'MATLAB') {
    throw new DatasetError(
      `It is a MATLAB v5 file. If it is splits.mat, open ${LABELED_NAME} instead, and name this one with the option splits.`,
      { file: path },
    );
  }
  throw new DatasetError(
    `It is none of: ${FILES_KNOWN}. If it is, it may be cut off at its beginning: compare its size.`,
    {
      file: path,
    },
  );
}

const FILES_KNOWN = `${LABELED_NAME} (HDF5), ${DATASET_FILE}, a zip file of the raw dump, a tar file of HDF5 frames, a list (*.txt, *.csv)`;

async function detectFolderFormat(path: string): Promise<DetectedFormat> {
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.map(({ name }) => name);
  if (names.includes(DATASET_FILE)) return { format: 'pairs', path };
  if (names.includes(LABELED_NAME)) return { format: 'labeled', path: join(path, LABELED_NAME) };
  const hasInner = entries.some((entry) => entry.isDirectory() && entry.name === INNER_FOLDER);
  for (const folder of hasInner ? [path, join(path, INNER_FOLDER)] : [path]) {
    if ((await listFilesIn(folder)).length > 0) return { format: 'lists', path: folder };
  }
  if (looksLikeImageFolder(names)) return { format: 'pairs', path };
  const format = await searchFolders(path, entries);
  if (format) return { format, path };
  if (await hasImagesWithDepth(path)) return { format: 'pairs', path };
  const container = (await filesBelow(path, (name) => containerHint(name) !== undefined))[0];
  if (container !== undefined) throw new DatasetError(containerHint(container)!, { file: container });
  throw new DatasetError((await imagesAlone(path)) ?? `The folder has none of: ${FOLDERS_KNOWN}.`, { file: path });
}

const FOLDERS_KNOWN = `${LABELED_NAME}; lists (*train*.txt, *test*.txt or .csv); HDF5 frames or tar files of them; raw files (d-*.pgm, r-*.ppm) or zip files of them; folders images and depth; a file ${DATASET_FILE}`;

/** The folder with the lists in the archive of DenseDepth's copy. */
const INNER_FOLDER = 'data';

async function imagesAlone(path: string): Promise<string | undefined> {
  const images = await filesBelow(path, (name) => /\.(jpe?g|png|webp|tiff?|heic)$/i.test(name));
  if (images.length === 0) return undefined;
  const count = images.length === 1 ? '1 image' : `${images.length} images`;
  const unnamed = images.some((image) => /depth/i.test(relative(path, image)))
    ? ' that belong to them by their names'
    : '';
  return `It has ${count} (${relative(path, images[0]!)} is the first), but no depth maps${unnamed}: expected folders images and depth, in which an image and its depth map have the same name, or a file ${DATASET_FILE} that says where they are, such as "images: photos/*.jpg" and "depths: range/*.png". A depth map is a 16-bit PNG in millimetres, or EXR or NPY in metres.`;
}

/** The path to open when the form is given: a folder stands for the labeled file in it. */
export async function pathOfFormat(path: string, format: Format): Promise<string> {
  if (format !== 'labeled') return path;
  return (await isDirectory(path)) ? join(path, LABELED_NAME) : path;
}

/** Deep enough for train/scene/frame, and for a folder around it. */
const DEPTH_OF_SEARCH = 4;

async function searchFolders(
  path: string,
  entries: readonly Dirent[],
  depth = DEPTH_OF_SEARCH,
): Promise<Format | undefined> {
  for (const { name } of entries) {
    if (name.endsWith('.h5') || name.endsWith('.tar')) return 'shards';
    if (name.endsWith('.zip') || parseRawName(name)) return 'raw-dump';
  }
  if (depth === 0) return undefined;
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (!entry.isDirectory() && !(entry.isSymbolicLink() && (await leadsToFolder(inner)))) continue;
    const format = await searchFolders(inner, await readdir(inner, { withFileTypes: true }), depth - 1);
    if (format) return format;
  }
  return undefined;
}

/** @throws DatasetError if there is no such file or folder. */
async function isDirectory(path: string): Promise<boolean> {
  return (await inFile(path, () => stat(path))).isDirectory();
}
