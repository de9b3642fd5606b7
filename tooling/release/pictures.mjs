// Draws the pictures of docs/flow.md: what goes into the model, and what it learns from. The packages must be built.
//
//     npm run docs -- pictures
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { colorizeDepth } from '@llm-mde/depth-maps';
import { fillDepthColorization, openNyu, writeRawDump } from '@llm-mde/nyu';
import { augment, seededRandom } from '@llm-mde/rgbd';
import { filmRoom, generateFrame } from '@llm-mde/rooms';
import sharp from 'sharp';
import { ROOT } from './workspace.mjs';

const FOLDER = join(ROOT, 'docs/pictures');
const [WIDTH, HEIGHT] = [320, 240];

mkdirSync(FOLDER, { recursive: true });
await drawInput();
await drawRawDump();
await drawAugmentation();

/** The photograph with the model's 14 by 14 patches, exact depth, and the depth that a sensor measures. */
async function drawInput() {
  const { image, depth, rawDepth } = generateFrame({ seed: 2, sceneType: 'living_room', width: 640, height: 480 });
  const lines = Array.from({ length: 13 }, (_, index) => index + 1).flatMap((index) => [
    `<path d="M${(index * 640) / 14} 0V480M0 ${(index * 480) / 14}H640" stroke="#fff" stroke-opacity=".6"/>`,
  ]);
  const grid = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">${lines.join('')}</svg>`);
  const patches = await picture(image.data, 640, 480)
    .composite([{ input: grid }])
    .png()
    .toBuffer();
  await row('input.jpg', [
    ['the image, in patches', sharp(patches)],
    ['depth, exact', picture(colors(depth, 640, 480), 640, 480)],
    ['depth as a sensor measures it', picture(colors(rawDepth, 640, 480), 640, 480)],
  ]);
}

/** A Kinect's depth, projected into the color camera, and its holes filled. */
async function drawRawDump() {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  try {
    await writeRawDump(folder, filmRoom({ seed: 2, sceneType: 'living_room', frames: 1 }));
    const dataset = await openNyu(folder, { format: 'raw-dump' });
    const { image, depth } = await dataset.read(dataset.frames[0].id);
    await dataset.close();
    const filled = fillDepthColorization(image, { data: depth, width: 640, height: 480 });
    await row('raw-dump.jpg', [
      ['color, without distortion', picture(image.data, 640, 480)],
      ['depth, projected', picture(colors(depth, 640, 480), 640, 480)],
      ['its holes filled', picture(colors(filled.data, 640, 480), 640, 480)],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function drawAugmentation() {
  const { image, depth, ...info } = generateFrame({ seed: 2, sceneType: 'kitchen', width: 640, height: 480 });
  const frame = { ...info, image, depth, valid: new Uint8Array(depth.length).fill(1) };
  const variants = [1, 2, 3].map((seed) => augment(frame, {}, seededRandom('pictures', seed)));
  await row(
    'augmentation.jpg',
    variants.map(({ image }, index) => [`augmented, ${index + 1}`, picture(image.data, image.width, image.height)]),
  );
}

/** Near is bright and warm, up to 6 metres. */
function colors(depth, width, height) {
  return colorizeDepth(depth, { width, height, minDepth: 0.5, maxDepth: 6, colormap: 'turbo' });
}

function picture(rgb, width, height) {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

async function row(name, cells) {
  const [gap, label] = [8, 24];
  const layers = [];
  for (const [index, [title, image]] of cells.entries()) {
    const left = gap + index * (WIDTH + gap);
    const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${label}"><text x="0" y="17" font-family="sans-serif" font-size="15">${title}</text></svg>`;
    layers.push({ input: Buffer.from(text), left, top: 0 });
    layers.push({ input: await image.resize(WIDTH, HEIGHT, { fit: 'fill' }).png().toBuffer(), left, top: label });
  }
  const size = { width: gap + cells.length * (WIDTH + gap), height: label + HEIGHT + gap };
  await sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
    .composite(layers)
    .jpeg({ quality: 84, mozjpeg: true })
    .toFile(join(FOLDER, name));
  console.log(`docs/pictures/${name}`);
}
