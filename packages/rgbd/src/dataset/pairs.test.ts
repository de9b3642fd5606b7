import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodePng } from '@llm-mde/depth-maps';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { openImageFolder } from '../open-image-folder.js';
import { temporaryFolder } from '../testing/fixtures.js';
import { atDepthSize, withDepthOfImage } from '../transforms/resize.js';

const image = encodePng(new Uint8Array(6), { width: 2, height: 1 });
const depth = await sharp(Uint16Array.of(1000, 65535), { raw: { width: 2, height: 1, channels: 1 } })
  .toColorspace('grey16')
  .png()
  .toBuffer();

/** A folder with these files: depth maps where the path says so, else images, or the text. */
async function folderOf(...files: (string | [path: string, text: string])[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'office_1');
  for (const file of files) {
    const [path, text] = typeof file === 'string' ? [file] : file;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text ?? (/depth/.test(path) ? depth : image));
  }
  return folder;
}

it.each([
  [
    '7-Scenes, ScanNet, RealSense: side by side',
    ['frame-000000.color.png', 'frame-000000.depth.png', 'frame-000000.pose.txt'],
    'frame-000000',
    'office_1',
  ],
  [
    'side by side in scenes',
    ['lab_2/0001_rgb.jpg', 'lab_2/0001_depth.png', 'lab_2/0001_mask.png'],
    'lab_2/0001',
    'lab_2',
  ],
  ['one without a word', ['lab_2/0001.jpg', 'lab_2/0001_depth.png'], 'lab_2/0001', 'lab_2'],
  ['folders in each scene', ['lab_2/rgb/1.jpg', 'lab_2/depth/1.png'], 'lab_2/1', 'lab_2'],
  ['ARKitScenes', ['47331/lowres_wide/47331_1.png', '47331/lowres_depth/47331_1.png'], '47331/47331_1', '47331'],
  ['a folder for each frame', ['0001/rgb.png', '0001/raw_depth.png'], '0001', 'office_1'],
  ['a folder of one frame', ['rgb.png', 'depth.png'], 'frame', 'office_1'],
  ["BTS's folders without lists", ['lab_2/rgb_00045.jpg', 'lab_2/sync_depth_00045.png'], 'lab_2/00045', 'lab_2'],
  ['two folders, other words', ['rgb/lab_2/0001_rgb.jpg', 'depth/lab_2/0001_depth.png'], 'lab_2/0001', 'lab_2'],
])('reads %s', async (_, files, id, scene) => {
  const dataset = await openImageFolder(await folderOf(...files));
  expect(dataset.frames).toEqual([expect.objectContaining({ id, scene })]);
  const frame = await dataset.read(id);
  expect([...frame.depth]).toEqual([1, 0]);
  expect(dataset.skipped).toEqual([]);
});

it("reads TUM RGB-D's sequences by time, 5000 units a metre, and counts what has no partner", async () => {
  const lists = (sequence: string): [string, string][] => [
    [
      `${sequence}/rgb.txt`,
      '# color images\n# timestamp filename\n1.00 rgb/1.00.png\n1.03 rgb/1.03.png\n2.00 rgb/2.00.png\n',
    ],
    [`${sequence}/depth.txt`, '# depth maps\n1.02 depth/1.02.png\n1.031 depth/1.031.png\n'],
  ];
  const files = ['rgb/1.00.png', 'rgb/1.03.png', 'rgb/2.00.png', 'depth/1.02.png', 'depth/1.031.png'];
  const folder = await folderOf(...lists('desk_1'), ...files.map((file) => `desk_1/${file}`));
  for (const path of [folder, join(folder, 'desk_1')]) {
    const dataset = await openImageFolder(path);
    expect(dataset.frames.map(({ id, scene }) => `${scene} ${id}`)).toEqual([
      'desk_1 desk_1/1.00',
      'desk_1 desk_1/1.03',
    ]);
    expect([...(await dataset.read('desk_1/1.00')).depth]).toEqual([Math.fround(0.2), 0]);
    expect(dataset.skipped.map(({ problem }) => problem)).toEqual([
      'No depth map was taken within 0.02 seconds of it.',
    ]);
  }
  await writeFile(join(folder, 'desk_1/rgb.txt'), '1.00 ../../secret.png\n');
  await expect(openImageFolder(folder)).rejects.toThrow(
    'rgb.txt: Line 1 is not read: its name leads out of the folder.',
  );
});

it("reads SUN RGB-D's rotated bits when told to", async () => {
  const folder = await folderOf('a_rgb.png', 'a_depth.png');
  const rotated = Uint16Array.of(2723, 9870).map((value) => (value << 3) | (value >> 13));
  const png = sharp(rotated, { raw: { width: 2, height: 1, channels: 1 } })
    .toColorspace('grey16')
    .png();
  await writeFile(join(folder, 'a_depth.png'), await png.toBuffer());
  const dataset = await openImageFolder(folder, { encoding: 'sun-rgbd' });
  expect([...(await dataset.read('a')).depth]).toEqual([2.723, 9.87].map(Math.fround));
});

it('leaves depth that is smaller than its photo at its own size, and refuses another shape', async () => {
  const folder = await folderOf('a_rgb.png', 'a_depth.png');
  const write = (width: number, height: number) =>
    writeFile(join(folder, 'a_rgb.png'), encodePng(new Uint8Array(3 * width * height), { width, height }));
  const dataset = await openImageFolder(folder);
  await write(6, 3);
  const frame = await dataset.read('a');
  expect(frame).toMatchObject({ image: { width: 6, height: 3 }, depthWidth: 2, depthHeight: 1 });
  expect([[...frame.depth], [...frame.valid]]).toEqual([
    [1, 0],
    [1, 0],
  ]);
  // Every pixel of the photo lies in a pixel of depth, and every pixel of depth has a center in the photo.
  const large = withDepthOfImage(frame);
  expect([...large.depth]).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
  expect([...large.valid.subarray(0, 6)]).toEqual([1, 1, 1, 0, 0, 0]);
  expect(large).not.toHaveProperty('depthWidth');
  expect([
    ...atDepthSize(
      Float32Array.from({ length: 18 }, (_, at) => at),
      frame,
    ),
  ]).toEqual([7, 10]);
  await write(6, 4);
  await expect(dataset.read('a')).rejects.toThrow(
    'The depth map has 2 by 1 pixels, but the image has 6 by 4. They must have the same shape and show the same: align depth',
  );
});

it('reports what has no partner, and that there are no pairs', async () => {
  const folder = await folderOf('a_rgb.jpg', 'a_depth.png', 'b_rgb.jpg', 'c_depth.png');
  await expect(openImageFolder(folder)).rejects.toThrow('Frame b:');
  const dataset = await openImageFolder(folder, { onBadFrame: 'skip' });
  expect([dataset.frames.length, dataset.skipped.map(({ frame }) => frame)]).toEqual([1, ['b', 'c']]);
  await expect(openImageFolder(await folderOf('a.jpg', 'b.jpg'))).rejects.toThrow('It has no folders of images');
});
