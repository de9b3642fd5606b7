import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeNpy } from '@llm-mde/depth-maps';
import { type Frame, generateFrames } from '@llm-mde/rooms';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llmMde } from '../testing/llm-mde.js';

/** A photo, its depth in metres, and their number from 0. */
interface View {
  number: number;
  width: number;
  height: number;
  depth: Float32Array;
  jpeg(scale?: number): Promise<Buffer>;
  png(scale?: number): Promise<Buffer>;
  /** 16-bit PNG of so many units a metre. */
  depthPng(unitsPerMetre: number, options?: DepthOptions): Promise<Buffer>;
}

interface DepthOptions {
  scale?: number;
  encode?: (units: number) => number;
  bits?: 8 | 16;
}

type Files = Record<string, string | Uint8Array | Promise<Uint8Array>>;

const MATRIX = '60 0 31.5\n0 61 23.5\n0 0 1\n';
const padded = (number: number, digits: number) => String(number).padStart(digits, '0');
const sunRgbd = (units: number) => ((units << 3) | (units >> 13)) & 0xffff;
const exr = readFile(
  fileURLToPath(new URL('../../../../packages/rgbd/fixtures/pairs/exr/float-zip.exr', import.meta.url)),
);

/** Each as the format's own tool writes it: what every frame adds, and what lies there once. */
const LAYOUTS: Record<string, { once?: (views: readonly View[]) => Files; each: (view: View) => Files }> = {
  'TUM RGB-D': {
    once: (views) => ({
      'rgb.txt': `# color images\n${views.map(({ number }) => `${number}.01 rgb/${number}.01.png\n`).join('')}`,
      'depth.txt': `# depth maps\n${views.map(({ number }) => `${number}.00 depth/${number}.00.png\n`).join('')}`,
    }),
    each: (view) => ({
      [`rgb/${view.number}.01.png`]: view.png(),
      [`depth/${view.number}.00.png`]: view.depthPng(5000),
    }),
  },
  '7-Scenes': {
    each: (view) => ({
      [`chess/seq-01/frame-${padded(view.number, 6)}.color.png`]: view.png(10),
      [`chess/seq-01/frame-${padded(view.number, 6)}.depth.png`]: view.depthPng(1000, { scale: 10 }),
      [`chess/seq-01/frame-${padded(view.number, 6)}.pose.txt`]: '',
    }),
  },
  '0001_rgb beside 0001_depth': {
    each: (view) => ({
      [`${padded(view.number, 4)}_rgb.jpg`]: view.jpeg(),
      [`${padded(view.number, 4)}_depth.png`]: view.depthPng(1000),
    }),
  },
  ARKitScenes: {
    each: (view) => {
      const folder = `Training/4733160${view.number % 3}/4733160${view.number % 3}_frames`;
      const name = `4733160${view.number % 3}_${view.number}.867`;
      return {
        [`${folder}/lowres_wide/${name}.png`]: view.png(),
        [`${folder}/lowres_depth/${name}.png`]: view.depthPng(1000, { scale: 0.5 }),
        [`${folder}/lowres_wide_intrinsics/${name}.pincam`]: '64 48 60 61 31.5 23.5',
      };
    },
  },
  Record3D: {
    once: () => ({
      'metadata.json': JSON.stringify({ w: 21, h: 37, K: [30, 0, 0, 0, 31, 0, 10, 18, 1] }),
    }),
    each: (view) => ({
      [`rgb/${view.number}.jpg`]: view.jpeg().then((jpeg) => sharp(jpeg).resize(21, 37, { fit: 'fill' }).toBuffer()),
      [`depth/${view.number}.exr`]: exr,
    }),
  },
  "YOLO's depth task": {
    once: () => ({ 'nyu-depth.yaml': 'path: .\ntrain: images/train\nval: images/val\nnc: 1\nnames:\n  0: depth\n' }),
    each: (view) => {
      const split = view.number < 8 ? 'train' : 'val';
      return {
        [`images/${split}/scene_${view.number}.jpg`]: view.jpeg(),
        [`depth/${split}/scene_${view.number}.npy`]: encodeNpy(view.depth, view),
      };
    },
  },
  'SUN RGB-D': {
    each: (view) => ({
      [`SUNRGBD/kv1/NYUdata/NYU000${view.number}/image/NYU000${view.number}.jpg`]: view.jpeg(),
      [`SUNRGBD/kv1/NYUdata/NYU000${view.number}/depth/NYU000${view.number}.png`]: view.depthPng(1000, {
        encode: sunRgbd,
      }),
      [`SUNRGBD/kv1/NYUdata/NYU000${view.number}/intrinsics.txt`]: '60 0 31.5 0 61 23.5 0 0 1',
    }),
  },
  KITTI: {
    each: (view) => {
      const drive = `2011_09_26_drive_000${view.number % 3}_sync`;
      return {
        [`2011_09_26/${drive}/image_02/data/${padded(view.number, 10)}.png`]: view.png(),
        [`train/${drive}/proj_depth/groundtruth/image_02/${padded(view.number, 10)}.png`]: view.depthPng(256),
      };
    },
  },
  "DenseDepth's NYU": {
    once: (views) => {
      const row = ({ number }: View) =>
        number < 8
          ? `data/nyu2_train/kitchen_000${number % 3}_out/${number}.jpg,data/nyu2_train/kitchen_000${number % 3}_out/${number}.png\n`
          : `data/nyu2_test/${padded(number, 5)}_colors.png,data/nyu2_test/${padded(number, 5)}_depth.png\n`;
      const rows = (isTrain: boolean) =>
        views
          .filter(({ number }) => number < 8 === isTrain)
          .map(row)
          .join('');
      return { 'data/nyu2_train.csv': rows(true), 'data/nyu2_test.csv': rows(false) };
    },
    each: (view): Files =>
      view.number < 8
        ? {
            [`data/nyu2_train/kitchen_000${view.number % 3}_out/${view.number}.jpg`]: view.jpeg(10),
            [`data/nyu2_train/kitchen_000${view.number % 3}_out/${view.number}.png`]: view.depthPng(25.5, {
              scale: 10,
              bits: 8,
            }),
          }
        : {
            [`data/nyu2_test/${padded(view.number, 5)}_colors.png`]: view.png(10),
            [`data/nyu2_test/${padded(view.number, 5)}_depth.png`]: view.depthPng(1000, { scale: 10 }),
          },
  },
  '3DMatch': {
    once: () => ({ 'sun3d-hotel/camera-intrinsics.txt': MATRIX }),
    each: (view) => ({
      [`sun3d-hotel/seq-01/frame-${padded(view.number, 6)}.color.png`]: view.png(),
      [`sun3d-hotel/seq-01/frame-${padded(view.number, 6)}.depth.png`]: view.depthPng(1000),
      [`sun3d-hotel/seq-01/frame-${padded(view.number, 6)}.pose.txt`]: '',
    }),
  },
  Redwood: {
    each: (view) => ({
      [`0002${view.number % 3}/rgb/${padded(view.number, 7)}-${padded(view.number * 33_000, 12)}.jpg`]: view.jpeg(10),
      [`0002${view.number % 3}/depth/${padded(view.number, 7)}-${padded(view.number * 33_000, 12)}.png`]: view.depthPng(
        1000,
        { scale: 10 },
      ),
    }),
  },
  'Prior Depth Anything': {
    each: (view) => ({
      [`sample-${view.number}/rgb.jpg`]: view.jpeg(),
      [`sample-${view.number}/gt_depth.png`]: view.depthPng(1000),
    }),
  },
};

describe('data inspect, train and evaluate on a folder of', () => {
  let folder: string;
  const views: View[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-mde-layouts-'));
    for await (const frame of generateFrames({ count: 10, width: 64, height: 48, seed: 7 })) {
      views.push(viewOf(views.length, frame));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.entries(LAYOUTS))('%s', async (name, { once, each }) => {
    const data = join(folder, name.replaceAll(/\W+/g, '-'));
    const files: Files = Object.assign({}, once?.(views), ...views.map(each));
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(data, path)), { recursive: true });
      await writeFile(join(data, path), await content);
    }
    const inspected = await llmMde('data', 'inspect', data);
    expect(inspected.stderr).not.toContain('llm-mde: ');
    expect(inspected.stdout).toMatch(/^frames +10\b/m);
    const run = join(folder, 'runs', name.replaceAll(/\W+/g, '-'));
    const settings = ['training.epochs=2', 'training.batchSize=2', 'training.warmupSteps=0', 'data.numWorkers=0'];
    const trained = await llmMde(
      ...['train', '--data', data, '--out', run],
      ...settings.flatMap((setting) => ['--set', setting]),
    );
    expect(trained.stderr).not.toContain('llm-mde: ');
    expect(trained.stdout).toMatch(/trained model +\d/);
    const evaluated = await llmMde('evaluate', run, '--data', data, '--split', 'all');
    expect(evaluated.stderr).not.toContain('llm-mde: ');
    expect(evaluated.stdout).toMatch(/^all +\d/m);
  });
});

function viewOf(number: number, { image, depth }: Pick<Frame, 'image' | 'depth'>): View {
  const { width, height } = image;
  const photo = (scale: number) =>
    sharp(image.data, { raw: { width, height, channels: 3 } }).resize(width * scale, height * scale);
  return {
    ...{ number, width, height, depth },
    jpeg: (scale = 1) => photo(scale).jpeg().toBuffer(),
    png: (scale = 1) => photo(scale).png().toBuffer(),
    depthPng(unitsPerMetre, { scale = 1, encode = (units: number) => units, bits = 16 }: DepthOptions = {}) {
      const size = { width: width * scale, height: height * scale };
      const values = Array.from({ length: size.width * size.height }, (_, at) => {
        const [column, row] = [at % size.width, Math.floor(at / size.width)];
        const metres = depth[Math.floor(row / scale) * width + Math.floor(column / scale)]!;
        return encode(Math.round(metres * unitsPerMetre));
      });
      const raw = { raw: { ...size, channels: 1 as const } };
      return bits === 8
        ? sharp(Uint8Array.from(values), raw).toColorspace('b-w').png().toBuffer()
        : sharp(Uint16Array.from(values), raw).toColorspace('grey16').png().toBuffer();
    },
  };
}
