import { resolve } from 'node:path';
import { builtModule, RgbdDataset } from '@llm-mde/rgbd';
import { detectFormat, pathOfFormat } from './detect-format.js';
import { FORMATS, type OpenOptions, openReader } from './formats.js';

/**
 * Opens NYU Depth v2 in any format that it is published in, or a folder of images and depth maps. Only names and lists are read; frames are
 * read when they are asked for.
 *
 * @param path `nyu_depth_v2_labeled.mat`; a folder of the raw dump or of its zip files, or one of them; a folder with BTS's lists, or a list; a
 *   folder of HDF5 frames or of tar files of them, or one of them; a folder with `images` and `depth`; or a folder that contains one of these.
 * @throws DatasetError if no known format is found, or a file is broken and `onBadFrame` is 'throw'; TypeError if an option is unknown.
 */
export async function openNyu(path: string, options: OpenOptions = {}): Promise<RgbdDataset> {
  const { onBadFrame = 'throw', format } = options;
  if (onBadFrame !== 'throw' && onBadFrame !== 'skip') {
    throw new TypeError(`onBadFrame must be 'throw' or 'skip', got ${JSON.stringify(onBadFrame)}.`);
  }
  if (format !== undefined && !Object.hasOwn(FORMATS, format)) {
    throw new TypeError(`Unknown format ${JSON.stringify(format)}: use one of ${Object.keys(FORMATS).join(', ')}.`);
  }
  const place = resolve(path);
  const found = format === undefined ? await detectFormat(place) : { format, path: await pathOfFormat(place, format) };
  const index = await FORMATS[found.format].index(found.path, { ...options, onBadFrame });
  const reader = { open: openReader, module: builtModule('decode.js', import.meta.url) };
  return new RgbdDataset(path, index, reader, onBadFrame);
}
