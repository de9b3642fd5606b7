import { readFile, stat } from 'node:fs/promises';
import { basename, extname, join, posix, relative, resolve, sep } from 'node:path';
import { checkFieldOfView, decodeNpy, type Intrinsics, intrinsicsFromFocalLength } from '@llm-mde/depth-maps';
import { DatasetError, inFile, type OnBadFrame } from '../errors.js';
import { parseCamera } from '../formats/camera-file.js';
import { readExifFocalLength } from '../formats/exif.js';
import { readExr } from '../formats/exr.js';
import { decodeDepthPng, decodeImage, metresOf } from '../formats/image.js';
import { LocationReader } from '../formats/location.js';
import { readPgm16 } from '../formats/netpbm.js';
import type { DepthMap, RgbImage, SplitName } from '../types.js';
import { assembleFrame } from './assemble-frame.js';
import { type DatasetFile, isDatasetFile, readDatasetFile } from './dataset-file.js';
import { byFolder, endingsOf, FOLDERS, filesOf, folderOf, type KeyedFile, stemOf } from './find-files.js';
import { Findings } from './findings.js';
import { type KnownLayout, recognizeLayout } from './known-layouts.js';
import { checkLayout, type DescribedLayout, type ImageFolderLayout } from './layout.js';
import { FileTree } from './list-files.js';
import { type Pairs, pairByKey, pairByWords } from './pair-by-name.js';
import { pairByLists, pairByTime } from './pair-by-time.js';
import { sceneTypeOf } from './scene-type.js';
import type { FrameFiles, FrameReader, SourceIndex } from './source.js';

export interface ImageFolderOptions extends ImageFolderLayout {
  /** What to do with a frame that can't be read. @default 'throw' */
  onBadFrame?: OnBadFrame;
}

export interface ImageFolderIndex extends SourceIndex {
  format: 'pairs';
  files: ImageFiles[];
  layout: DescribedLayout;
  /** Whether somebody has said what the layout's unit and camera are, so that they are right or wrong, and not a guess. */
  isStated: { unit: boolean; camera: boolean };
}

interface ImageFiles extends FrameFiles {
  /** The file that states the camera. */
  camera?: string;
}

/**
 * Lists images and depth maps that belong together, as the options say, or `dataset.yaml` in the folder, or a known layout (`recognizeLayout`), or else: of two
 * folders, one of each, in which the files of a pair have the same path without its ending,
 *
 *     images/kitchen_0001/a.jpg     depth/kitchen_0001/a.png     16-bit PNG in millimetres
 *     images/kitchen_0001/b.jpg     depth/kitchen_0001/b.exr     EXR or NPY in metres
 *
 * or with a word for its kind, `0001_rgb.jpg` and `0001_depth.png`; of such folders in each scene; of files side by side.
 *
 * The folder that an image lies in is its scene (folders for images or depth maps do not count; directly in the data set's folder: that one), unless the layout
 * says otherwise. A frame's id is the path without its ending, that folder and that word.
 *
 * @param path the folder, or the file that describes it.
 */
export async function indexImageFolder(
  path: string,
  { onBadFrame = 'throw', ...options }: ImageFolderOptions = {},
): Promise<ImageFolderIndex> {
  const findings = new Findings(onBadFrame);
  const given = checkLayout(options);
  const file = await readDatasetFile(path);
  const tree = await FileTree.of(file?.folder ?? path);
  const stated = { ...file?.layout, ...given };
  const isPaired = stated.images !== undefined || stated.depths !== undefined || stated.pairing !== undefined;
  const known = isPaired ? undefined : await recognizeLayout(tree);
  const layout: KnownLayout = { name: nameOf(file), ...known, ...stated };
  const { pairs, problems } = await findPairs(tree, layout);
  for (const { path: which, frame, problem } of problems)
    findings[known?.isPartial ? 'note' : 'report']({ file: tree.at(which), frame, problem });
  const splitOf = await splitsOf(tree, file);
  const found = findings.withoutDuplicates(
    pairs.map(({ id, image, depth }) => {
      const scene = sceneOf(tree, layout.scene, id, image);
      const split = splitOf(image);
      const camera = cameraFileOf(tree, layout.intrinsics, image);
      return {
        info: { id, scene, sceneType: sceneTypeOf(scene), ...(split && { split }) },
        file: tree.at(image),
        files: {
          image: tree.at(image),
          depth: tree.at(depth),
          ...(camera !== undefined && { camera: tree.at(camera) }),
        },
      };
    }),
  );
  const { isPartial, ...described } = layout;
  return {
    format: 'pairs',
    frames: found.map(({ info }) => info),
    files: found.map(({ files }) => files),
    skipped: findings.skipped,
    splitHint: 'use holdOutScenes, which makes one.',
    layout: described,
    isStated: { unit: stated.metresPerUnit !== undefined, camera: stated.intrinsics !== undefined },
  };
}

/** Whether a folder with these entries looks like a folder of images and depth maps. */
export function looksLikeImageFolder(names: readonly string[]): boolean {
  return (['image', 'depth'] as const).every((kind) => FOLDERS[kind].some((name) => names.includes(name)));
}

/** Whether a path is a file that describes a data set, or a folder with one, or there are images with depth maps somewhere below it. */
export async function hasImagesWithDepth(path: string): Promise<boolean> {
  if (isDatasetFile(path) || (await readDatasetFile(path)) !== undefined) return true;
  const tree = await FileTree.of(path);
  try {
    return (await findPairs(tree, { name: '', ...(await recognizeLayout(tree)) })).pairs.length > 0;
  } catch (error) {
    if (error instanceof DatasetError) return false;
    throw error;
  }
}

function nameOf(file: DatasetFile | undefined): string {
  if (file?.kind === 'described') return 'as dataset.yaml describes it';
  return file ? "YOLO's depth task" : 'images and depth maps';
}

async function findPairs(tree: FileTree, layout: KnownLayout): Promise<Pairs> {
  const { images = folderOf(tree, 'image'), depths = folderOf(tree, 'depth'), pairing = 'name' } = layout;
  if (pairing === 'lists') return pairByLists(tree);
  if (images === undefined || depths === undefined) {
    const isNamed = layout.images !== undefined || layout.depths !== undefined;
    const found = isNamed ? undefined : pairByWords(tree);
    if (found && found.pairs.length > 0) return found;
    throw new DatasetError(NOTHING_FOUND, { file: tree.root });
  }
  const [all, maps] = [filesOf(tree, images, 'image'), filesOf(tree, depths, 'depth')];
  for (const [kind, files, globs] of [
    ['image', all, images],
    ['depth', maps, depths],
  ] as const) {
    if (files.length === 0) {
      const which = kind === 'image' ? 'image' : 'depth map';
      throw new DatasetError(`It has no ${which} at ${[globs].flat().join(', ')} (${endingsOf(kind)}).`, {
        file: tree.root,
      });
    }
  }
  if (pairing === 'time') return pairByTime(all, maps);
  if (pairing === 'order') return pairByOrder(all, maps);
  const where = [depths].flat().join(', ');
  return pairByKey(all, maps, `${/[*?{[]/.test(where) ? ` at ${where}` : `${endingsOf('depth')} in ${where}`}`);
}

const NOTHING_FOUND = `It has no folders of images (${FOLDERS.image.join(', ')}) and of depth maps (${FOLDERS.depth.join(', ')}), and no files that belong together by their names. Write a file dataset.yaml into it that says where they are, such as "images: photos/*.jpg" and "depths: range/*.png".`;

/** The n-th image of a folder with the n-th depth map of the one beside it. */
function pairByOrder(images: readonly KeyedFile[], depths: readonly KeyedFile[]): Pairs {
  const [all, maps] = [byFolder(images), byFolder(depths)];
  const result: Pairs = { pairs: [], problems: [] };
  for (const [folder, files] of all) {
    const others = maps.get(folder) ?? [];
    if (files.length !== others.length) {
      const problem = `It is one of ${files.length} images, but there are ${others.length} depth maps: which belongs to which?`;
      result.problems.push({ path: files[0]!.path, frame: files[0]!.key, problem });
      continue;
    }
    for (const [at, { path, key }] of files.entries()) {
      const id = files.length === 1 && folder !== '.' ? folder : key;
      result.pairs.push({ id: id === '' ? stemOf(path) : id, image: path, depth: others[at]!.path });
    }
  }
  return result;
}

/** A name is every frame's scene; an expression finds it in the image's path. */
function sceneOf(tree: FileTree, scene: string | undefined, id: string, image: string): string {
  const own = basename(resolve(tree.root));
  if (scene !== undefined) return scene.includes('(') ? (new RegExp(scene).exec(image)?.[1] ?? own) : scene;
  const folder = posix.dirname(id);
  return folder === '.' ? own : posix.basename(folder);
}

/** Names of files that state the camera of the images around them, where nobody names one. */
const CAMERA_FILES = [
  'intrinsics.txt',
  'camera-intrinsics.txt',
  'camera_intrinsic.json',
  'intrinsic.json',
  'intrinsics.json',
];

function cameraFileOf(tree: FileTree, intrinsics: ImageFolderLayout['intrinsics'], image: string): string | undefined {
  if (typeof intrinsics === 'object') return undefined;
  const names = intrinsics === undefined ? CAMERA_FILES : [intrinsics.replaceAll('*', posix.basename(stemOf(image)))];
  for (let folder = posix.dirname(image); ; folder = posix.dirname(folder)) {
    const found = names.map((name) => posix.join(folder, name)).find((path) => tree.has(path));
    if (found !== undefined || folder === '.') return found;
  }
}

/** Which split an image belongs to by a data set's file: its folder's, or the list's that names it. */
async function splitsOf(
  tree: FileTree,
  file: DatasetFile | undefined,
): Promise<(image: string) => SplitName | undefined> {
  const folders: [folder: string, split: SplitName][] = [];
  const listed = new Map<string, SplitName>();
  for (const { images, split } of file?.splits ?? []) {
    const path = join(tree.root, images);
    const within = (other: string) => relative(tree.root, resolve(tree.root, other)).replaceAll(sep, '/');
    if ((await stat(path).catch(() => undefined))?.isFile()) {
      for (const line of (await inFile(path, () => readFile(path, 'utf8'))).split(/\r?\n/))
        if (line.trim() !== '') listed.set(within(line.trim()), split);
    } else folders.push([within(images), split]);
  }
  return (image) =>
    listed.get(image) ?? folders.find(([folder]) => folder === '' || image.startsWith(`${folder}/`))?.[1];
}

/** NaN, infinite and negative values are missing depth here: renderers and laser scanners write them. */
export async function readImageFolder(index: ImageFolderIndex): Promise<FrameReader> {
  const { frames, files } = index;
  const reader = new LocationReader();
  const cameraText = remembering((path) => inFile(path, () => readFile(path, 'utf8')));
  return {
    async read(position) {
      const [info, { image, depth, camera }] = [frames[position]!, files[position]!];
      const photo = await reader.read({ kind: 'file', path: image });
      const pixels =
        extname(image).toLowerCase() === '.npy' ? await imageOfNpy(photo, image) : await decodeImage(photo, image);
      const intrinsics = await cameraOf(index, { photo, pixels, image, camera, cameraText });
      const content = await reader.read({ kind: 'file', path: depth });
      const metres = await decodeDepth(content, depth, index);
      return assembleFrame(info, pixels, metres, { file: depth, invalidDepth: 'mask', mayBeResized: true, intrinsics });
    },
    close: () => reader.close(),
  };
}

interface CameraSources {
  photo: Buffer;
  pixels: RgbImage;
  image: string;
  camera: string | undefined;
  cameraText(path: string): Promise<string>;
}

/** What is stated must be right; a file that was found beside the images is believed where it can be. */
async function cameraOf(
  { layout: { intrinsics }, isStated }: ImageFolderIndex,
  { photo, pixels, image, camera, cameraText }: CameraSources,
): Promise<Intrinsics | undefined> {
  const parse = async () => {
    if (typeof intrinsics === 'object') {
      await inFile(image, () => checkFieldOfView(intrinsics, pixels));
      return intrinsics;
    }
    if (camera === undefined) return undefined;
    const text = await cameraText(camera);
    return inFile(camera, () => parseCamera(text, pixels, basename(stemOf(image))));
  };
  const stated = isStated.camera ? await parse() : await parse().catch(() => undefined);
  if (stated) return stated;
  if (extname(image).toLowerCase() === '.npy') return undefined;
  const { focalLength } = await inFile(image, () => readExifFocalLength(photo));
  return focalLength === undefined ? undefined : intrinsicsFromFocalLength(focalLength, pixels);
}

/** Reads each file once; of cameras there are few, or small ones. */
function remembering(read: (path: string) => Promise<string>): (path: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (path) => {
    const text = known.get(path) ?? read(path);
    if (known.size > 1000) known.clear();
    known.set(path, text);
    return text;
  };
}

async function decodeDepth(content: Buffer, file: string, { layout, isStated }: ImageFolderIndex): Promise<DepthMap> {
  const { metresPerUnit: scale, encoding, invalid, exrChannel } = layout;
  switch (extname(file).toLowerCase()) {
    case '.png':
      // 8 bits are depth only where somebody has said what they mean.
      return decodeDepthPng(content, file, { scale, encoding, invalid, ...(isStated.unit && { scaleOf8Bits: scale }) });
    case '.pgm': {
      const { data, width, height } = readPgm16(content, file);
      return { width, height, data: metresOf(data, { scale, encoding, invalid }) };
    }
    case '.exr':
      return scaled(readExr(content, file, exrChannel), layout);
    default:
      return inFile(file, () => scaled(depthOfNpy(content, file), layout));
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

async function imageOfNpy(content: Buffer, file: string): Promise<RgbImage> {
  const { shape, data } = await inFile(file, () => decodeNpy(content));
  const [height, width, channels] = shape;
  if (shape.length !== 3 || channels !== 3 || !(data instanceof Uint8Array)) {
    const problem = `An image must be [height, width, 3] of 8 bits, but its shape is [${shape.join(', ')}]${data instanceof Uint8Array ? '' : ' and its values are others'}.`;
    throw new DatasetError(problem, { file });
  }
  return { data: Uint8Array.from(data), width: width!, height: height!, channels: 3 };
}

function scaled(map: DepthMap, { metresPerUnit: scale = 1, invalid = [] }: ImageFolderLayout): DepthMap {
  if (scale === 1 && invalid.length === 0) return map;
  const missing = new Set(invalid);
  return { ...map, data: map.data.map((value) => (missing.has(value) ? 0 : value * scale)) };
}
