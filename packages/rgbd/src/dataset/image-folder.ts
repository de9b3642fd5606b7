import { readdir } from 'node:fs/promises';
import { basename, extname, join, posix, relative, resolve, sep } from 'node:path';
import { checkFieldOfView, decodeNpy, type Intrinsics, intrinsicsFromFocalLength } from '@llm-mde/depth-maps';
import { DatasetError, inFile, type OnBadFrame } from '../errors.js';
import { readExifFocalLength } from '../formats/exif.js';
import { readExr } from '../formats/exr.js';
import { decodeDepthPng, decodeImage } from '../formats/image.js';
import { LocationReader } from '../formats/location.js';
import type { DepthMap, FrameInfo, RgbImage } from '../types.js';
import { assembleFrame } from './assemble-frame.js';
import { Findings } from './findings.js';
import { filesBelow } from './list-files.js';
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
  exrChannel?: string;
  intrinsics?: Intrinsics;
}

const IMAGE_FOLDERS = ['images', 'image', 'rgb', 'color'];
const DEPTH_FOLDERS = ['depths', 'depth'];
const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff'];
const DEPTH_ENDINGS = ['.png', '.exr', '.npy'];

/**
 * Lists a folder of images and depth maps: two folders, one of each, in which the files of a pair have the same path without its ending.
 *
 *     images/kitchen_0001/a.jpg     depth/kitchen_0001/a.png     16-bit PNG in millimetres
 *     images/kitchen_0001/b.jpg     depth/kitchen_0001/b.exr     EXR or NPY in metres
 *
 * The folder that an image lies in is its scene (directly in `images`: the data set's folder). A frame's id is the path without its ending.
 */
export async function indexImageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFolderIndex> {
  const findings = new Findings(options.onBadFrame ?? 'throw');
  const names = await inFile(path, () => readdir(path));
  const imageFolder = join(path, options.images ?? chooseFolder(path, names, IMAGE_FOLDERS, 'images'));
  const depthFolder = join(path, options.depths ?? chooseFolder(path, names, DEPTH_FOLDERS, 'depths'));
  const images = await filesByStem(imageFolder, IMAGE_ENDINGS, findings);
  const depths = await filesByStem(depthFolder, DEPTH_ENDINGS, findings);
  const frames: FrameInfo[] = [];
  const files: ImageFolderIndex['files'] = [];
  for (const [id, image] of images) {
    const depth = depths.get(id);
    if (depth === undefined) {
      findings.report({
        file: image,
        frame: id,
        problem: `It has no depth map: expected ${join(depthFolder, id)}${DEPTH_ENDINGS.join(', ')}.`,
      });
      continue;
    }
    const folder = posix.dirname(id);
    const scene = folder === '.' ? basename(resolve(path)) : posix.basename(folder);
    frames.push({ id, scene, sceneType: sceneTypeOf(scene) });
    files.push({ image, depth });
  }
  for (const [id, depth] of depths) {
    if (!images.has(id)) findings.report({ file: depth, frame: id, problem: 'This depth map has no image.' });
  }
  const { depthScale, exrChannel, intrinsics } = options;
  return {
    format: 'pairs',
    frames,
    files,
    skipped: findings.skipped,
    splitHint: 'use holdOutScenes, which makes one.',
    depthScale,
    exrChannel,
    intrinsics,
  };
}

/** Whether a folder with these entries looks like a folder of images and depth maps. */
export function looksLikeImageFolder(names: readonly string[]): boolean {
  return IMAGE_FOLDERS.some((name) => names.includes(name)) && DEPTH_FOLDERS.some((name) => names.includes(name));
}

function chooseFolder(path: string, names: readonly string[], candidates: readonly string[], option: string): string {
  const found = candidates.find((name) => names.includes(name));
  if (found === undefined) {
    throw new DatasetError(`It has no folder named ${candidates.join(', ')}; set the option ${option}.`, {
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
    else findings.report({ file, frame: stem, problem: `There is also ${first}: keep only one of them.` });
  }
  return byStem;
}

/** NaN, infinite and negative values are missing depth here: renderers and laser scanners write them. */
export async function readImageFolder({
  frames,
  files,
  depthScale,
  exrChannel,
  intrinsics,
}: ImageFolderIndex): Promise<FrameReader> {
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, { image, depth }] = [frames[position]!, files[position]!];
      const photo = await reader.read({ kind: 'file', path: image });
      const pixels = await decodeImage(photo, image);
      const camera = await inFile(image, () => cameraOf(photo, pixels, intrinsics));
      const content = await reader.read({ kind: 'file', path: depth });
      const metres = await decodeDepth(content, depth, depthScale, exrChannel);
      return assembleFrame(info, pixels, metres, { file: depth, invalidDepth: 'mask', intrinsics: camera });
    },
    close: () => reader.close(),
  };
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
  scale: number | undefined,
  channel: string | undefined,
): Promise<DepthMap> {
  switch (extname(file).toLowerCase()) {
    case '.png':
      return decodeDepthPng(content, file, scale);
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
