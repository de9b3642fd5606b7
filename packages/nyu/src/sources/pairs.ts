import { readdir } from 'node:fs/promises';
import { basename, extname, join, posix, relative, resolve, sep } from 'node:path';
import { LocationReader } from '../archives/location.js';
import { badFile, DatasetError, type OnBadFrame } from '../dataset-error.js';
import { decodeDepthPng, decodeImage } from '../formats/decode-image.js';
import { readExr } from '../formats/exr.js';
import { readNpy } from '../formats/npy.js';
import { assembleFrame, type DepthMap, type FrameInfo } from '../frame.js';
import { sceneTypeOf } from '../scene-type.js';
import { Findings } from './findings.js';
import { filesBelow } from './list-files.js';
import type { FrameReader, IndexBase } from './source.js';

/** How a folder of one's own images and depth maps is laid out. */
export interface PairsLayout {
  /** Folder of the images within the data set's. @default the first there is of `images`, `image`, `rgb`, `color`, `color` */
  images?: string;
  /** Folder of the depth maps within the data set's. @default the first there is of `depths`, `depth` */
  depths?: string;
  /** Metres that a value of 1 in a depth map stands for. @default 0.001 for PNG (millimetres), 1 for EXR and NPY */
  depthScale?: number;
  /** Which channel of an EXR file is the depth. @default the first there is of Z, depth, Y, V and R, else the only one */
  exrChannel?: string;
}

export interface PairsOptions extends PairsLayout {
  onBadFrame: OnBadFrame;
}

export interface PairsIndex extends IndexBase {
  format: 'pairs';
  files: { image: string; depth: string }[];
  depthScale?: number;
  exrChannel?: string;
}

const IMAGE_FOLDERS = ['images', 'image', 'rgb', 'color', 'color'];
const DEPTH_FOLDERS = ['depths', 'depth'];
const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff'];
const DEPTH_ENDINGS = ['.png', '.exr', '.npy'];

/**
 * Lists a folder of one's own images and depth maps: two folders, one of each, in which a pair has the same path but for its ending.
 *
 *     images/kitchen_0001/a.jpg     depth/kitchen_0001/a.png     16-bit PNG in millimetres
 *     images/kitchen_0001/b.jpg     depth/kitchen_0001/b.exr     EXR or NPY in metres
 *
 * The folder that an image lies in is its scene (directly in `images`: the data set's folder). A frame's id is the path without its ending.
 */
export async function indexPairs(path: string, options: PairsOptions): Promise<PairsIndex> {
  const findings = new Findings(options.onBadFrame);
  const names = await folderNames(path);
  const imageFolder = join(path, options.images ?? chooseFolder(path, names, IMAGE_FOLDERS, 'images'));
  const depthFolder = join(path, options.depths ?? chooseFolder(path, names, DEPTH_FOLDERS, 'depths'));
  const images = await filesByStem(imageFolder, IMAGE_ENDINGS, findings);
  const depths = await filesByStem(depthFolder, DEPTH_ENDINGS, findings);
  const frames: FrameInfo[] = [];
  const files: PairsIndex['files'] = [];
  for (const [id, image] of images) {
    const depth = depths.get(id);
    if (depth === undefined) {
      findings.report({
        file: image,
        frame: id,
        problem: `There is no depth map for it: expected ${join(depthFolder, id)}${DEPTH_ENDINGS.join(', ')}.`,
      });
      continue;
    }
    const folder = posix.dirname(id);
    const scene = folder === '.' ? basename(resolve(path)) : posix.basename(folder);
    frames.push({ id, scene, sceneType: sceneTypeOf(scene) });
    files.push({ image, depth });
  }
  for (const [id, depth] of depths) {
    if (!images.has(id)) findings.report({ file: depth, frame: id, problem: 'There is no image for this depth map.' });
  }
  const { depthScale, exrChannel } = options;
  return {
    format: 'pairs',
    frames,
    files,
    skipped: findings.skipped,
    ...(depthScale === undefined ? {} : { depthScale }),
    ...(exrChannel === undefined ? {} : { exrChannel }),
  };
}

/** Whether a folder with these entries looks like pairs. */
export function looksLikePairs(names: readonly string[]): boolean {
  return IMAGE_FOLDERS.some((name) => names.includes(name)) && DEPTH_FOLDERS.some((name) => names.includes(name));
}

async function folderNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw badFile(error, path);
  }
}

function chooseFolder(path: string, names: readonly string[], candidates: readonly string[], option: string): string {
  const found = candidates.find((name) => names.includes(name));
  if (found === undefined) {
    throw new DatasetError(`It has no folder ${candidates.join(', ')}; name yours: pairs: { ${option}: … }.`, {
      file: path,
    });
  }
  return found;
}

async function filesByStem(
  folder: string,
  endings: readonly string[],
  findings: Findings,
): Promise<Map<string, string>> {
  const files = await filesBelow(folder, (name) => endings.includes(extname(name).toLowerCase()));
  const byStem = new Map<string, string>();
  for (const file of files) {
    const stem = relative(folder, file).slice(0, -extname(file).length).replaceAll(sep, '/');
    const first = byStem.get(stem);
    if (first === undefined) byStem.set(stem, file);
    else findings.report({ file, frame: stem, problem: `There is also ${first}: which one is meant?` });
  }
  return byStem;
}

/** NaN, infinity and negative values are holes here: renderers and laser scanners write them so. */
export async function openPairs({ frames, files, depthScale, exrChannel }: PairsIndex): Promise<FrameReader> {
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, { image, depth }] = [frames[position]!, files[position]!];
      try {
        const pixels = await decodeImage(await reader.read({ kind: 'file', path: image }), image);
        const metres = await decodeDepth(
          await reader.read({ kind: 'file', path: depth }),
          depth,
          depthScale,
          exrChannel,
        );
        return assembleFrame(info, pixels, metres, { file: depth, notDepth: 'holes' });
      } catch (error) {
        throw badFile(error, image, info.id);
      }
    },
    close: () => reader.close(),
  };
}

async function decodeDepth(
  content: Buffer,
  file: string,
  scale: number | undefined,
  channel: string | undefined,
): Promise<DepthMap> {
  switch (extname(file).toLowerCase()) {
    case '.png':
      return decodeDepthPng(content, file, scale);
    case '.exr':
      return scaled(readExr(content, file, channel), scale);
    default:
      return scaled(depthOfNpy(content, file), scale);
  }
}

function depthOfNpy(content: Buffer, file: string): DepthMap {
  const { shape, data } = readNpy(content, file);
  // One channel more, first or last, is no reason to refuse it.
  const sizes =
    shape.length === 3 ? (shape[2] === 1 ? shape.slice(0, 2) : shape[0] === 1 ? shape.slice(1) : shape) : shape;
  if (sizes.length !== 2) {
    throw new DatasetError(`A depth map must be [height, width], but its shape is [${shape.join(', ')}].`, { file });
  }
  return { data: Float32Array.from(data), width: sizes[1]!, height: sizes[0]! };
}

function scaled(map: DepthMap, scale: number | undefined): DepthMap {
  return scale === undefined || scale === 1 ? map : { ...map, data: map.data.map((value) => value * scale) };
}
