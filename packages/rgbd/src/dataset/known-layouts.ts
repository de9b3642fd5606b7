import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { inFile } from '../errors.js';
import { parseDepthShift } from '../formats/camera-file.js';
import type { DescribedLayout } from './layout.js';
import type { FileTree } from './list-files.js';
import { findSequences } from './pair-by-time.js';

/** A layout with a name, by which its files are recognized. */
export interface KnownLayout extends DescribedLayout {
  /** Where the format itself leaves images without depth, or depth without images: they are counted and no error. */
  isPartial?: boolean;
}

/** The layout that a folder's files are in, if it is a known one. */
export async function recognizeLayout(tree: FileTree): Promise<KnownLayout | undefined> {
  for (const recognize of LAYOUTS) {
    const layout = await recognize(tree);
    if (layout) return layout;
  }
  return undefined;
}

type Recognizer = (tree: FileTree) => KnownLayout | undefined | Promise<KnownLayout | undefined>;

const LAYOUTS: readonly Recognizer[] = [
  tum,
  frames,
  arkitScenes,
  record3d,
  sunRgbd,
  kitti,
  redwood,
  scanNet,
  open3d,
  prior,
];

/** https://cvg.cit.tum.de/data/datasets/rgbd-dataset/file_formats */
function tum(tree: FileTree): KnownLayout | undefined {
  const [first] = findSequences(tree);
  if (first === undefined) return undefined;
  const camera = /freiburg([123])/.exec(tree.at(first))?.[1] as keyof typeof FREIBURG | undefined;
  return {
    name: 'TUM RGB-D',
    pairing: 'lists',
    metresPerUnit: 1 / 5000,
    ...(camera && { intrinsics: FREIBURG[camera] }),
    sensor: 'Kinect v1',
    isPartial: true,
  };
}

const FREIBURG = {
  1: { fx: 517.3, fy: 516.5, cx: 318.6, cy: 255.3 },
  2: { fx: 520.9, fy: 521, cx: 325.1, cy: 249.7 },
  3: { fx: 535.4, fy: 539.2, cx: 320.1, cy: 247.6 },
};

/** 7-Scenes, 3DMatch, ScanNet's SensReader (C++), 3RScan, BundleFusion. */
async function frames(tree: FileTree): Promise<KnownLayout | undefined> {
  if (!tree.some(/(?:^|\/)frame-\d+\.color\.(?:png|jpg)$/)) return undefined;
  const ending = ['pgm', 'png'].find((each) => tree.some(new RegExp(`(?:^|/)frame-\\d+\\.depth\\.${each}$`)));
  if (ending === undefined) return undefined;
  const layout = { images: ['**/*.color.jpg', '**/*.color.png'], depths: `**/*.depth.${ending}`, invalid: [0, 65535] };
  const info = tree.paths.find((path) => /(?:^|\/)_?info\.txt$/.test(path));
  if (info !== undefined) {
    const file = tree.at(info);
    const shift = parseDepthShift(await inFile(file, () => readFile(file, 'utf8')));
    const unit = shift === undefined ? {} : { metresPerUnit: 1 / shift };
    return { name: 'ScanNet (SensReader)', ...layout, intrinsics: posix.basename(info), ...unit };
  }
  // Sequences of one room are one scene.
  const scene = String.raw`(?:^|/)([^/]+)/seq-\d+/`;
  if (tree.some(/(?:^|\/)camera-intrinsics\.txt$/))
    return { name: '3DMatch', ...layout, intrinsics: 'camera-intrinsics.txt', scene };
  if (!tree.some(/(?:^|\/)seq-\d+\//) && !/seq-\d+\/?$/.test(tree.root))
    return { name: 'frame-000000.color and .depth', ...layout };
  const intrinsics = { fx: 585, fy: 585, cx: 320, cy: 240 };
  return { name: '7-Scenes', ...layout, intrinsics, scene, sensor: 'Kinect v1' };
}

/** https://github.com/apple/ARKitScenes/blob/main/DATA.md */
function arkitScenes(tree: FileTree): KnownLayout | undefined {
  const has = (folder: string) => tree.some(new RegExp(`(?:^|/)${folder}/[^/]+\\.png$`));
  const [images, depths] =
    [
      ['lowres_wide', 'lowres_depth'],
      ['wide', 'highres_depth'],
      ['vga_wide', 'lowres_depth'],
      ['wide', 'lowres_depth'],
    ].find((folders) => folders.every(has)) ?? [];
  if (images === undefined) return undefined;
  return {
    name: 'ARKitScenes',
    images: `**/${images}/*.png`,
    depths: `**/${depths}/*.png`,
    intrinsics: `${images}_intrinsics/*.pincam`,
    scene: String.raw`(?:^|/)(\d+)[^/]*/(?:low|vga)?[a-z_]*wide/`,
    sensor: depths === 'highres_depth' ? 'laser scanner' : "Apple's LiDAR",
    isPartial: true,
  };
}

/** What the app Record3D exports as "EXR + JPG". */
function record3d(tree: FileTree): KnownLayout | undefined {
  const beside = (path: string, name: string) => posix.join(posix.dirname(path), name);
  const isThere =
    tree.some(/(?:^|\/)depth\/[^/]+\.exr$/) &&
    tree.paths.some(
      (path) =>
        posix.basename(path) === 'metadata.json' &&
        ['rgb', 'depth'].every((kind) => tree.hasFolder(beside(path, kind))),
    );
  if (!isThere) return undefined;
  const folders = { images: ['**/rgb/*.jpg', '**/rgb/*.png'], depths: '**/depth/*.exr' };
  return { name: 'Record3D', ...folders, intrinsics: 'metadata.json', sensor: "Apple's LiDAR or TrueDepth" };
}

/** SUN RGB-D has a folder for each frame, `image`, `depth`, `intrinsics.txt`; SUN3D one for each sequence. Both rotate the bits of their millimetres by three. */
function sunRgbd(tree: FileTree): KnownLayout | undefined {
  const isFrame = (path: string) =>
    posix.basename(path) === 'intrinsics.txt' &&
    ['image', 'depth'].every((kind) => tree.hasFolder(posix.join(posix.dirname(path), kind)));
  const first = tree.paths.find(isFrame);
  if (first === undefined) return undefined;
  const layout = {
    images: '**/image/*',
    depths: '**/depth/*.png',
    encoding: 'sun-rgbd',
    intrinsics: 'intrinsics.txt',
  } as const;
  const isSequence =
    tree.some(/(?:^|\/)image\/\d{7}-\d{12}\.jpg$/) && !tree.some(/(?:^|\/)(?:depth_bfx|scene\.txt|annotation)/);
  if (isSequence) return { name: 'SUN3D', ...layout, pairing: 'time', sensor: 'Asus Xtion', isPartial: true };
  const sensor = Object.entries(SENSORS).find(([folder]) => tree.at(first).includes(`/${folder}/`))?.[1];
  // Frames beside each other may be of one place.
  const scene = '([^/]+)/[^/]+/image/[^/]+$';
  return { name: 'SUN RGB-D', ...layout, pairing: 'order', scene, ...(sensor !== undefined && { sensor }) };
}

const SENSORS = { kv1: 'Kinect v1', kv2: 'Kinect v2', realsense: 'Intel RealSense', xtion: 'Asus Xtion' };

/** The depth benchmark: its selected frames, or the drives of the raw data beside it. 256 values a metre. */
function kitti(tree: FileTree): KnownLayout | undefined {
  const layout = { metresPerUnit: 1 / 256, sensor: 'Velodyne HDL-64E', isPartial: true };
  if (tree.some(/_sync_groundtruth_depth_\d{10}_image_0[23]\.png$/)) {
    return {
      name: 'KITTI',
      images: '**/*_sync_image_*.png',
      depths: '**/*_sync_groundtruth_depth_*.png',
      intrinsics: 'intrinsics/*.txt',
      scene: String.raw`(\d{4}_\d\d_\d\d_drive_\d{4})_sync`,
      ...layout,
    };
  }
  if (!tree.some(/_sync\/proj_depth\/groundtruth\/image_0[23]\/\d{10}\.png$/)) return undefined;
  return {
    name: 'KITTI',
    images: ['**/*_sync/image_*/data/*.png'],
    depths: '**/*_sync/proj_depth/groundtruth/image_*/*.png',
    scene: String.raw`(\d{4}_\d\d_\d\d_drive_\d{4})_sync`,
    ...layout,
  };
}

/** http://redwood-data.org/3dscan: numbers and times as names. */
function redwood(tree: FileTree): KnownLayout | undefined {
  if (!['rgb', 'depth'].every((kind) => tree.some(new RegExp(`(?:^|/)${kind}/\\d{7}-\\d{12}\\.(?:jpg|png)$`))))
    return undefined;
  return {
    name: 'Redwood',
    images: '**/rgb/*',
    depths: '**/depth/*.png',
    pairing: 'time',
    intrinsics: { fx: 525, fy: 525, cx: 319.5, cy: 239.5 },
    sensor: 'PrimeSense',
    isPartial: true,
  };
}

/** ScanNet's SensReader (Python). */
function scanNet(tree: FileTree): KnownLayout | undefined {
  if (!tree.some(/(?:^|\/)intrinsic\/intrinsic_color\.txt$/)) return undefined;
  const folders = { images: ['**/color/*.jpg', '**/color/*.png'], depths: '**/depth/*.png' };
  return { name: 'ScanNet', ...folders, intrinsics: 'intrinsic/intrinsic_color.txt', sensor: 'Structure Sensor' };
}

/** What Open3D's recorders and readers for RealSense and Azure Kinect write. */
function open3d(tree: FileTree): KnownLayout | undefined {
  const camera = tree.paths.find((path) => /(?:^|\/)(?:camera_)?intrinsic\.json$/.test(path));
  if (camera === undefined || !['color', 'depth'].every((kind) => tree.some(new RegExp(`(?:^|/)${kind}/\\d+\\.`))))
    return undefined;
  const folders = { images: ['**/color/*.jpg', '**/color/*.png'], depths: '**/depth/*.png' };
  return { name: 'Open3D', ...folders, intrinsics: posix.basename(camera) };
}

/** Prior Depth Anything's samples: `rgb`, `gt_depth` and `prior_depth` in a folder for each. */
function prior(tree: FileTree): KnownLayout | undefined {
  const has = (name: string) => tree.some(new RegExp(`(?:^|/)${name}\\.(?:png|jpg|npy)$`));
  if (!has('rgb') || !has('gt_depth') || !has('prior_depth')) return undefined;
  return { name: 'Prior Depth Anything', images: '**/rgb.*', depths: '**/gt_depth.*' };
}
