import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeNpy, encodePng } from '@llm-mde/depth-maps';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openImageFolder } from '../open-image-folder.js';
import { fixture, temporaryFolder } from '../testing/fixtures.js';
import { containerHint } from './containers.js';
import type { ImageFolderLayout } from './layout.js';

type Content = string | Uint8Array;

/** A picture of 64 by 48 pixels. */
const photo = encodePng(new Uint8Array(64 * 48 * 3), { width: 64, height: 48 });

/** A 16-bit PNG, half of it the value and half without depth. */
function depth(value: number, { missing = 0, width = 64, height = 48 } = {}): Promise<Buffer> {
  const values = Uint16Array.from({ length: width * height }, (_, at) => (at < (width * height) / 2 ? value : missing));
  return sharp(values, { raw: { width, height, channels: 1 } })
    .toColorspace('grey16')
    .png()
    .toBuffer();
}

const npy = (metres: number) => encodeNpy(new Float32Array(64 * 48).fill(metres), { width: 64, height: 48 });

function pgm(value: number): Buffer {
  const pixels = Buffer.alloc(64 * 48 * 2);
  for (let at = 0; at < 64 * 48; at++) pixels.writeUInt16BE(value, 2 * at);
  return Buffer.concat([Buffer.from('P5\n64 48\n65535\n'), pixels]);
}

/** A folder `data` of files, with paths from it. */
async function folderOf(files: Record<string, Content | Promise<Content>>, name = 'data'): Promise<string> {
  const folder = join(await temporaryFolder(), name);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), await content);
  }
  return folder;
}

const MATRIX = '60 0 31.5\n0 61 23.5\n0 0 1\n';
const CAMERA = { fx: 60, fy: 61, cx: 31.5, cy: 23.5 };

interface Example {
  files: Record<string, Content | Promise<Content>>;
  id: string;
  scene: string;
  /** Of the first pixel. @default 2 */
  metres?: number;
  camera?: object;
  folder?: string;
  split?: string;
  skipped?: number;
}

/** Each as the format's own tool writes it. */
const EXAMPLES: Record<string, Example> = {
  'TUM RGB-D': {
    folder: 'rgbd_dataset_freiburg1_desk',
    files: {
      'rgb.txt':
        '# color images\n# file: x.bag\n# timestamp filename\n1305031452.791720 rgb/1305031452.791720.png\n1305031453.5 rgb/b.png\n',
      'depth.txt': '# depth maps\n# timestamp filename\n1305031452.778000 depth/1305031452.778000.png\n',
      'rgb/1305031452.791720.png': photo,
      'depth/1305031452.778000.png': depth(10000),
      'groundtruth.txt': '',
    },
    id: 'rgbd_dataset_freiburg1_desk/1305031452.791720',
    scene: 'rgbd_dataset_freiburg1_desk',
    skipped: 1,
  },
  'TUM RGB-D with associations.txt': {
    files: {
      'desk/associations.txt': '1.5 rgb/a.png 1.6 depth/b.png\n',
      'desk/rgb/a.png': photo,
      'desk/depth/b.png': depth(10000),
    },
    id: 'desk/a',
    scene: 'desk',
  },
  'ICL-NUIM, depth first': {
    files: { 'associations.txt': '0 depth/0.png 0 rgb/0.png\n', 'rgb/0.png': photo, 'depth/0.png': depth(10000) },
    id: 'data/0',
    scene: 'data',
  },
  '7-Scenes': {
    files: {
      'chess/seq-01/frame-000000.color.png': encodePng(new Uint8Array(640 * 480 * 3), { width: 640, height: 480 }),
      'chess/seq-01/frame-000000.depth.png': depth(2000, { missing: 65535, width: 640, height: 480 }),
      'chess/seq-01/frame-000000.pose.txt': '',
      'chess/TrainSplit.txt': 'sequence1\n',
    },
    id: 'chess/seq-01/frame-000000',
    scene: 'chess',
    camera: { fx: 585, fy: 585, cx: 320, cy: 240 },
  },
  '3DMatch': {
    files: {
      'sun3d-hotel/camera-intrinsics.txt': ' 6.0e+01\t 0\t 3.15e+01 \n 0 6.1e+01 2.35e+01\n 0 0 1\n',
      'sun3d-hotel/seq-01/frame-000000.color.png': photo,
      'sun3d-hotel/seq-01/frame-000000.depth.png': depth(2000),
      'sun3d-hotel/seq-01/frame-000000.pose.txt': '',
    },
    id: 'sun3d-hotel/seq-01/frame-000000',
    scene: 'sun3d-hotel',
    camera: CAMERA,
  },
  'ScanNet and 3RScan, by SensReader in C++': {
    files: {
      'scene0000_00/_info.txt':
        'm_versionNumber = 4\nm_colorWidth = 128\nm_colorHeight = 96\nm_depthShift = 1000\nm_calibrationColorIntrinsic = 120 0 63.5 0 0 122 47.5 0 0 0 1 0 0 0 0 1\n',
      'scene0000_00/frame-000000.color.jpg': sharp(photo).jpeg().toBuffer(),
      'scene0000_00/frame-000000.depth.pgm': pgm(2000),
    },
    id: 'scene0000_00/frame-000000',
    scene: 'scene0000_00',
    camera: CAMERA,
  },
  'ScanNet, by SensReader in Python': {
    files: {
      'scene0000_00/color/0.jpg': sharp(photo).jpeg().toBuffer(),
      'scene0000_00/depth/0.png': depth(2000, { width: 32, height: 24 }),
      'scene0000_00/pose/0.txt': '',
      'scene0000_00/intrinsic/intrinsic_color.txt': '60 0 31.5 0\n0 61 23.5 0\n0 0 1 0\n0 0 0 1\n',
    },
    id: 'scene0000_00/0',
    scene: 'scene0000_00',
    camera: CAMERA,
  },
  'frames of RealSense, side by side': {
    files: { 'lab/frame-000000.color.jpg': photo, 'lab/frame-000000.depth.png': depth(2000) },
    id: 'lab/frame-000000',
    scene: 'lab',
  },
  "Open3D's recorder for RealSense": {
    files: {
      'color/000000.jpg': photo,
      'depth/000000.png': depth(2000),
      'camera_intrinsic.json': '{"width":64,"height":48,"intrinsic_matrix":[60,0,0,0,61,0,31.5,23.5,1]}',
    },
    id: '000000',
    scene: 'data',
    camera: CAMERA,
  },
  '0001_rgb beside 0001_depth': {
    files: { '0001_rgb.jpg': photo, '0001_depth.png': depth(2000) },
    id: '0001',
    scene: 'data',
  },
  ARKitScenes: {
    files: {
      'Training/47331606/47331606_frames/lowres_wide/47331606_44.867.png': photo,
      'Training/47331606/47331606_frames/lowres_depth/47331606_44.867.png': depth(2000, { width: 32, height: 24 }),
      'Training/47331606/47331606_frames/confidence/47331606_44.867.png': photo,
      'Training/47331606/47331606_frames/lowres_wide_intrinsics/47331606_44.867.pincam': '64 48 60 61 31.5 23.5',
      'Training/47331606/47331606_frames/lowres_wide/47331606_44.967.png': photo,
    },
    id: 'Training/47331606/47331606_frames/47331606_44.867',
    scene: '47331606',
    camera: CAMERA,
    skipped: 1,
  },
  Record3D: {
    files: {
      'kitchen/rgb/7.jpg': encodePng(new Uint8Array(21 * 37 * 3), { width: 21, height: 37 }),
      'kitchen/depth/7.exr': readFile(fixture('pairs', 'exr', 'float-zip.exr')),
      'kitchen/metadata.json': JSON.stringify({
        w: 21,
        h: 37,
        K: [1, 0, 0, 0, 1, 0, 1, 1, 1],
        perFrameIntrinsicCoeffs: Array.from({ length: 8 }, (_, at) => (at === 7 ? [30, 31, 10, 18] : [1, 1, 1, 1])),
      }),
    },
    id: 'kitchen/7',
    scene: 'kitchen',
    metres: Number.NaN,
    camera: { fx: 30, fy: 31, cx: 10, cy: 18 },
  },
  "YOLO's depth task": {
    files: {
      'images/train/scene_001.jpg': photo,
      'depth/train/scene_001.npy': npy(2),
      'images/val/scene_002.jpg': photo,
      'depth/val/scene_002.npy': npy(3),
      'nyu-depth.yaml':
        'path: nyu-depth # dataset root\ntrain: images/train\nval: images/val\nnc: 1\nnames:\n  0: depth\n',
    },
    id: 'train/scene_001',
    scene: 'train',
    split: 'train',
  },
  'SUN RGB-D': {
    files: {
      'SUNRGBD/kv1/NYUdata/NYU0001/image/NYU0001.jpg': photo,
      'SUNRGBD/kv1/NYUdata/NYU0001/depth/NYU0001.png': depth((2000 << 3) & 0xffff),
      'SUNRGBD/kv1/NYUdata/NYU0001/depth_bfx/NYU0001.png': depth((3000 << 3) & 0xffff),
      'SUNRGBD/kv1/NYUdata/NYU0001/intrinsics.txt': '60 0 31.5 0 61 23.5 0 0 1',
      'SUNRGBD/kv1/NYUdata/NYU0001/scene.txt': 'bathroom',
    },
    id: 'SUNRGBD/kv1/NYUdata/NYU0001',
    scene: 'NYUdata',
    camera: CAMERA,
  },
  'SUN RGB-D, other names and beyond 8.192 m': {
    files: {
      'SUNRGBD/kv1/b3dodata/img_0063/image/img_0063.jpg': photo,
      'SUNRGBD/kv1/b3dodata/img_0063/depth/img_0063_abs.png': depth(((9870 << 3) | (9870 >> 13)) & 0xffff),
      'SUNRGBD/kv1/b3dodata/img_0063/intrinsics.txt': MATRIX,
    },
    id: 'SUNRGBD/kv1/b3dodata/img_0063',
    scene: 'b3dodata',
    metres: 9.87,
    camera: CAMERA,
  },
  SUN3D: {
    files: {
      'hotel/image/0000001-000000000000.jpg': photo,
      'hotel/image/0000002-000000033000.jpg': photo,
      'hotel/depth/0000001-000000011000.png': depth((2000 << 3) & 0xffff),
      'hotel/intrinsics.txt': MATRIX,
    },
    id: 'hotel/0000001-000000000000',
    scene: 'hotel',
    camera: CAMERA,
    skipped: 1,
  },
  'KITTI, selected frames': {
    files: {
      'val_selection_cropped/image/2011_09_26_drive_0002_sync_image_0000000005_image_02.png': photo,
      'val_selection_cropped/groundtruth_depth/2011_09_26_drive_0002_sync_groundtruth_depth_0000000005_image_02.png':
        depth(512),
      'val_selection_cropped/velodyne_raw/2011_09_26_drive_0002_sync_velodyne_raw_0000000005_image_02.png': depth(1),
      'val_selection_cropped/intrinsics/2011_09_26_drive_0002_sync_image_0000000005_image_02.txt':
        '60 0 31.5 0 61 23.5 0 0 1',
    },
    id: '2011_09_26_drive_0002/0000000005_image_02',
    scene: '2011_09_26_drive_0002',
    camera: CAMERA,
  },
  'KITTI, drives': {
    files: {
      '2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000005.png': photo,
      'train/2011_09_26_drive_0001_sync/proj_depth/groundtruth/image_02/0000000005.png': depth(512),
    },
    id: '2011_09_26_drive_0001/02/0000000005',
    scene: '2011_09_26_drive_0001',
  },
  'Redwood scans': {
    files: {
      '00021/rgb/0000001-000000000000.jpg': encodePng(new Uint8Array(640 * 480 * 3), { width: 640, height: 480 }),
      '00021/depth/0000001-000000001200.png': depth(2000, { width: 640, height: 480 }),
    },
    id: '00021/0000001-000000000000',
    scene: '00021',
    camera: { fx: 525, fy: 525, cx: 319.5, cy: 239.5 },
  },
  'Prior Depth Anything': {
    files: { 'sample-1/rgb.jpg': photo, 'sample-1/gt_depth.png': depth(2000), 'sample-1/prior_depth.png': depth(1) },
    id: 'sample-1',
    scene: 'data',
  },
};

describe('layouts', () => {
  it.each(Object.entries(EXAMPLES))('reads %s in metres', async (_, example) => {
    const { files, id, scene, metres = 2, camera, folder, split, skipped = 0 } = example;
    const dataset = await openImageFolder(await folderOf(files, folder));
    expect(dataset.frames[0]).toMatchObject({ id, scene, ...(split !== undefined && { split }) });
    const frame = await dataset.read(id);
    if (Number.isNaN(metres)) expect(frame.valid.some((value) => value === 1)).toBe(true);
    else expect(frame.depth[0]).toBeCloseTo(metres, 6);
    if (!Number.isNaN(metres) && !id.includes('scene')) expect(frame.depth.at(-1)).toBe(0);
    if (camera)
      for (const [key, value] of Object.entries(camera))
        expect(frame.intrinsics).toHaveProperty(key, expect.closeTo(value, 6));
    expect(dataset.skipped).toHaveLength(skipped);
  });

  it("takes YOLO's splits, and its file as the data set", async () => {
    const folder = await folderOf(EXAMPLES["YOLO's depth task"]!.files);
    for (const path of [folder, join(folder, 'nyu-depth.yaml')]) {
      const dataset = await openImageFolder(path);
      expect(dataset.split()).toMatchObject({ train: ['train/scene_001'], test: ['val/scene_002'] });
    }
  });
});

describe('dataset.yaml', () => {
  const files = {
    'photos/lab_a_1.jpg': photo,
    'photos/lab_b_1.jpg': photo,
    'range/lab_a_1.png': depth(2000, { missing: 7 }),
    'range/lab_b_1.png': depth(2000),
  };
  const described = (text: string) => folderOf({ ...files, 'dataset.yaml': text });

  it('describes what no name says', async () => {
    const folder = await described(
      "images: photos/*.jpg\ndepths: range/*.png\nmetresPerUnit: 0.0005\ninvalid: [7]\nintrinsics: [60, 61, 31.5, 23.5]\nscene: 'lab_(.)'\n",
    );
    for (const path of [folder, join(folder, 'dataset.yaml')]) {
      const dataset = await openImageFolder(path);
      expect(dataset.frames.map(({ id, scene }) => [id, scene])).toEqual([
        ['lab_a_1', 'a'],
        ['lab_b_1', 'b'],
      ]);
      const frame = await dataset.read('lab_a_1');
      expect([frame.depth[0], frame.depth.at(-1), frame.intrinsics]).toEqual([1, 0, CAMERA]);
    }
    // What is said in the call counts more.
    const dataset = await openImageFolder(folder, { metresPerUnit: 0.001 });
    expect((await dataset.read('lab_a_1')).depth[0]).toBe(2);
  });

  it.each<[string, string, ImageFolderLayout | undefined]>([
    ['metresPerUnit: mm', '"metresPerUnit" is "mm": it should be a number above 0', undefined],
    ['unit: 0.001', 'There is no key "unit"; known keys are images, depths', undefined],
    ['images: [', 'dataset.yaml: It is not YAML', undefined],
    ['- a', 'It should be a list of keys with values', undefined],
    ['images: pictures\ndepths: range', 'It has no image at pictures', undefined],
    ["scene: '('", '"scene" is "(": it should be a name', undefined],
    ['intrinsics: [1, 2]', '"intrinsics" is [1,2]: it should be [fx, fy, cx, cy]', undefined],
  ])('is refused where it is wrong: %s', async (text, message) => {
    await expect(openImageFolder(await described(text))).rejects.toThrow(message);
  });

  it('names the file of a stated camera that cannot be right', async () => {
    const folder = await folderOf({
      ...files,
      'dataset.yaml': 'images: photos\ndepths: range\nintrinsics: camera.txt\n',
      'camera.txt': 'f=60',
    });
    const dataset = await openImageFolder(folder);
    await expect(dataset.read('lab_a_1')).rejects.toThrow(/camera\.txt: .*It states no camera/);
  });

  it('reads 8 bits where it says what they mean', async () => {
    const eight = await sharp(new Uint8Array(64 * 48).fill(255), { raw: { width: 64, height: 48, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const folder = await folderOf({ 'images/a.png': photo, 'depth/a.png': eight });
    await expect((await openImageFolder(folder)).read('a')).rejects.toThrow(
      'If its 8 bits are depth, set metresPerUnit.',
    );
    const dataset = await openImageFolder(folder, { metresPerUnit: 10 / 255 });
    expect((await dataset.read('a')).depth[0]).toBeCloseTo(10, 5);
  });

  it('pairs in order, and by time, where it is told to', async () => {
    const folder = await folderOf({
      'a/10.png': photo,
      'a/11.png': photo,
      'b/x.png': depth(1000),
      'b/y.png': depth(2000),
    });
    const dataset = await openImageFolder(folder, { images: 'a', depths: 'b', pairing: 'order' });
    expect((await dataset.read('11')).depth[0]).toBe(2);
    const timed = await folderOf({ 'a/i1.00.png': photo, 'b/d1.01.png': depth(1000), 'b/d0.9.png': depth(2000) });
    const other = await openImageFolder(timed, { images: 'a', depths: 'b', pairing: 'time' });
    expect((await other.read('i1.00')).depth[0]).toBe(1);
  });
});

it('follows links to folders and files, but not around in circles', async () => {
  const elsewhere = await folderOf({ 'image/1.png': photo, 'depth/1.png': depth(2000), 'map.png': depth(3000) });
  const folder = await folderOf({ 'images/own/2.png': photo, 'depth/own/.keep': '' });
  await symlink(join(elsewhere, 'image'), join(folder, 'images', 'scene'));
  await symlink(join(elsewhere, 'depth'), join(folder, 'depth', 'scene'));
  await symlink(join(elsewhere, 'map.png'), join(folder, 'depth', 'own', '2.png'));
  await symlink(folder, join(folder, 'images', 'own', 'circle'));
  await symlink('/', join(folder, 'images', 'own', 'everything'));
  const dataset = await openImageFolder(folder);
  expect(dataset.frames.map(({ id, scene }) => `${scene} ${id}`)).toEqual(['own own/2', 'scene scene/1']);
  expect((await dataset.read('own/2')).depth[0]).toBe(3);
  expect((await dataset.read('scene/1')).depth[0]).toBe(2);
});

it.each([
  ['a.bag', /RealSense or ROS.*RSBagReader/],
  ['a.mkv', /azure_kinect_mkv_reader/],
  ['b/a.R3D', /EXR \+ JPG/],
  ['a.mp4', /A video has no depth/],
  ['a.sens', /SensReader/],
])('says what unpacks %s', (path, sentence) => {
  expect(containerHint(path)).toMatch(sentence);
  expect(containerHint('a.png')).toBeUndefined();
});
