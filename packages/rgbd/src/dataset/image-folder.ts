import { readdir } from 'node:fs/promises';
import { basename, extname, join, posix, resolve } from 'node:path';
import { checkFieldOfView, decodeNpy, type Intrinsics, intrinsicsFromFocalLength } from '@llm-mde/depth-maps';
import { DatasetError, inFile, type OnBadFrame } from '../errors.js';
import { readExifFocalLength } from '../formats/exif.js';
import { readExr } from '../formats/exr.js';
import { type DepthEncoding, decodeDepthPng, decodeImage } from '../formats/image.js';
import { LocationReader } from '../formats/location.js';
import { nearestPixels } from '../transforms/resize.js';
import type { DepthMap, RgbImage } from '../types.js';
import { assembleFrame } from './assemble-frame.js';
import { byText, Findings } from './findings.js';
import { FOLDERS, type NamedPair, pairBelow, pairFolders } from './pair-by-name.js';
import { findSequences, pairByTime, TUM_SCALE } from './pair-by-time.js';
import { sceneTypeOf } from './scene-type.js';
import type { FrameReader, SourceIndex } from './source.js';

/** The layout of a folder of images and depth maps. */
export interface ImageFolderLayout {
  /** Folder of the images within the data set's. @default the first of `images`, `image`, `rgb`, `color` that exists */
  images?: string;
  /** Folder of the depth maps within the data set's. @default the first of `depths`, `depth` that exists */
  depths?: string;
  /** Metres that a value of 1 in a depth map stands for. @default 0.001 for PNG (millimetres), 1 for EXR and NPY */
  depthScale?: number;
  /** How a value of a PNG stands for a depth. @default 'plain' */
  depthEncoding?: DepthEncoding;
  /** Which channel of an EXR file is the depth. @default the first of Z, depth.Z, depth, Y, V and R that exists, else the only one */
  exrChannel?: string;
  /** The camera of all images, in their pixels. @default the focal length in each image's EXIF data, if it has any */
  intrinsics?: Intrinsics;
}

export interface ImageFolderOptions extends ImageFolderLayout {
  /** What to do with a frame that can't be read. @default 'throw' */
  onBadFrame?: OnBadFrame;
}

export interface ImageFolderIndex extends SourceIndex {
  format: 'pairs';
  files: { image: string; depth: string }[];
  depthScale?: number;
  depthEncoding?: DepthEncoding;
  exrChannel?: string;
  intrinsics?: Intrinsics;
}

/**
 * Lists images and depth maps that belong together: of two folders, one of each, in which the files of a pair have the same path without its ending,
 *
 *     images/kitchen_0001/a.jpg     depth/kitchen_0001/a.png     16-bit PNG in millimetres
 *     images/kitchen_0001/b.jpg     depth/kitchen_0001/b.exr     EXR or NPY in metres
 *
 * or with a word for its kind, `0001_rgb.jpg` and `0001_depth.png`; of such folders in each scene; of files side by side, `frame-000000.color.jpg` and
 * `frame-000000.depth.png`; or of TUM RGB-D's sequences, `rgb.txt` and `depth.txt`, by time, with 5000 units a metre.
 *
 * A depth map of another size but the same shape is brought to the image's by nearest pixels.
 *
 * The folder that an image lies in is its scene (folders for images or depth maps do not count; directly in the data set's folder: that one). A frame's id
 * is the path without its ending, that folder and that word.
 */
export async function indexImageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFolderIndex> {
  const findings = new Findings(options.onBadFrame ?? 'throw');
  const { pairs, scale, problem } = await findPairs(path, options, findings);
  if (problem !== undefined) throw new DatasetError(problem, { file: path });
  const found = findings.withoutDuplicates(
    pairs.map(({ id, image, depth }) => {
      const folder = posix.dirname(id);
      const scene = folder === '.' ? basename(resolve(path)) : posix.basename(folder);
      return { info: { id, scene, sceneType: sceneTypeOf(scene) }, file: image, files: { image, depth } };
    }),
  );
  const { depthScale = scale, depthEncoding, exrChannel, intrinsics } = options;
  return {
    format: 'pairs',
    frames: found.map(({ info }) => info),
    files: found.map(({ files }) => files),
    skipped: findings.skipped,
    splitHint: 'use holdOutScenes, which makes one.',
    depthScale,
    depthEncoding,
    exrChannel,
    intrinsics,
  };
}

/** Whether a folder with these entries looks like a folder of images and depth maps. */
export function looksLikeImageFolder(names: readonly string[]): boolean {
  return folderOf(names, 'image') !== undefined && folderOf(names, 'depth') !== undefined;
}

/** Whether there are images with depth maps somewhere below a folder, in any of the layouts of {@link indexImageFolder}. */
export async function hasImagesWithDepth(path: string): Promise<boolean> {
  return (await findPairs(path, {}, new Findings('skip'))).pairs.length > 0;
}

async function findPairs(
  path: string,
  { images, depths }: ImageFolderLayout,
  findings: Findings,
): Promise<{ pairs: NamedPair[]; scale?: number; problem?: string }> {
  const names = (await inFile(path, () => readdir(path))).sort(byText);
  const [image, depth] = [images ?? folderOf(names, 'image'), depths ?? folderOf(names, 'depth')];
  const isNamed = images !== undefined || depths !== undefined;
  const sequences = isNamed ? [] : await findSequences(path, names);
  if (sequences.length > 0) {
    const pairs = await Promise.all(sequences.map((folder) => pairByTime(folder, findings)));
    return { pairs: pairs.flat(), scale: TUM_SCALE };
  }
  if (image !== undefined && depth !== undefined)
    return { pairs: await pairFolders(join(path, image), join(path, depth), findings) };
  const pairs = isNamed ? [] : await pairBelow(path, findings);
  if (pairs.length > 0) return { pairs };
  const [folders, option] = image === undefined ? [FOLDERS.image, 'images'] : [FOLDERS.depth, 'depths'];
  return { pairs, problem: `It has no folder named ${folders.join(', ')}; set the option ${option}.` };
}

function folderOf(names: readonly string[], kind: 'image' | 'depth'): string | undefined {
  return FOLDERS[kind].find((name) => names.includes(name));
}

/** NaN, infinite and negative values are missing depth here: renderers and laser scanners write them. */
export async function readImageFolder(index: ImageFolderIndex): Promise<FrameReader> {
  const { frames, files, intrinsics } = index;
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, { image, depth }] = [frames[position]!, files[position]!];
      const photo = await reader.read({ kind: 'file', path: image });
      const pixels = await decodeImage(photo, image);
      const camera = await inFile(image, () => cameraOf(photo, pixels, intrinsics));
      const content = await reader.read({ kind: 'file', path: depth });
      const metres = atSizeOf(pixels, await decodeDepth(content, depth, index));
      return assembleFrame(info, pixels, metres, { file: depth, invalidDepth: 'mask', intrinsics: camera });
    },
    close: () => reader.close(),
  };
}

/** Phones' depth maps are smaller than their photos: every pixel of the photo gets the depth of the pixel that it lies in. Another shape is left to be rejected. */
function atSizeOf({ width, height }: RgbImage, map: DepthMap): DepthMap {
  const isOther = width !== map.width || height !== map.height;
  const isSameShape = Math.abs((map.width * height) / (map.height * width) - 1) < 0.01;
  return isOther && isSameShape ? { width, height, data: nearestPixels(map.data, map, { width, height }) } : map;
}

async function cameraOf(photo: Buffer, size: RgbImage, given?: Intrinsics): Promise<Intrinsics | undefined> {
  if (given) checkFieldOfView(given, size);
  else {
    const { focalLength } = await readExifFocalLength(photo);
    return focalLength === undefined ? undefined : intrinsicsFromFocalLength(focalLength, size);
  }
  return given;
}

async function decodeDepth(
  content: Buffer,
  file: string,
  { depthScale: scale, depthEncoding: encoding, exrChannel: channel }: ImageFolderIndex,
): Promise<DepthMap> {
  switch (extname(file).toLowerCase()) {
    case '.png':
      return decodeDepthPng(content, file, { scale, encoding });
    case '.exr':
      return scaled(readExr(content, file, channel), scale);
    default:
      return inFile(file, () => scaled(depthOfNpy(content, file), scale));
  }
}

function depthOfNpy(content: Buffer, file: string): DepthMap {
  const { shape, data } = decodeNpy(content);
  // A channel axis of size 1, first or last, is accepted.
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
