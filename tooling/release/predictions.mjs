// Draws the picture of README.md: rendered rooms that rooms-small was not trained on, and its depth. Its towers come from the Hugging Face hub, or from the
// folder that LLM_MDE_TOWERS names. The packages must be built.
//
//     npm run docs -- predictions
import { join } from 'node:path';
import { colorizeDepth } from '@llm-mde/depth-maps';
import { generateFrame } from '@llm-mde/rooms';
import { LlmMde } from 'llm-mde';
import sharp from 'sharp';
import { ROOT } from './workspace.mjs';

const ROOMS = [
  { sceneType: 'foyer', seed: 25 },
  { sceneType: 'dining_room', seed: 22 },
];
const SIZE = { width: 640, height: 480 };
const RANGE = { minDepth: 0.5, maxDepth: 4.5, colormap: 'turbo' };
const [WIDTH, HEIGHT, GAP, TITLE, BAR] = [400, 300, 8, 28, 62];

const model = await LlmMde.load('rooms-small');
const layers = ['image', 'predicted depth', 'true depth'].map((title, column) => ({
  input: svg(WIDTH, TITLE, `<text y="20" font-family="sans-serif" font-size="17">${title}</text>`),
  left: GAP + column * (WIDTH + GAP),
  top: 0,
}));
for (const [index, room] of ROOMS.entries()) {
  const { image, depth, intrinsics } = generateFrame({ ...room, ...SIZE, variety: 'wide' });
  const prediction = await model.predict(image, { focal: intrinsics.fx });
  console.log(room.sceneType, scores(prediction.depth, depth));
  const colors = (values) => colorizeDepth(values, { ...SIZE, ...RANGE });
  for (const [column, rgb] of [image.data, colors(prediction.depth), colors(depth)].entries()) {
    const picture = sharp(rgb, { raw: { ...SIZE, channels: 3 } }).resize(WIDTH, HEIGHT);
    const [left, top] = [GAP + column * (WIDTH + GAP), TITLE + index * (HEIGHT + GAP)];
    layers.push({ input: await picture.png().toBuffer(), left, top });
  }
}
await model.dispose();

const [left, height] = [GAP + 3 * (WIDTH + GAP), ROOMS.length * (HEIGHT + GAP) - GAP];
layers.push(...(await colorBar(left, height)));
await sharp({ create: { width: left + BAR, height: TITLE + height + GAP, channels: 3, background: '#ffffff' } })
  .composite(layers)
  .jpeg({ quality: 86, mozjpeg: true })
  .toFile(join(ROOT, 'docs/pictures/predictions.jpg'));
console.log('docs/pictures/predictions.jpg');

/** Each depth at its place between the nearest, at the top, and the farthest. */
async function colorBar(left, height) {
  const { minDepth, maxDepth } = RANGE;
  const depths = Float32Array.from({ length: height }, (_, row) => minDepth + ((maxDepth - minDepth) * row) / height);
  const rgb = colorizeDepth(depths, { width: 1, height, ...RANGE });
  const bar = sharp(rgb, { raw: { width: 1, height, channels: 3 } }).resize(14, height, { fit: 'fill' });
  const labels = [1, 2, 3, 4].map((metres) => {
    const y = ((metres - minDepth) / (maxDepth - minDepth)) * height + 5;
    return `<text x="0" y="${y}" font-family="sans-serif" font-size="15">${metres} m</text>`;
  });
  return [
    { input: await bar.png().toBuffer(), left, top: TITLE },
    { input: svg(BAR - 20, height, labels.join('')), left: left + 20, top: TITLE },
  ];
}

function scores(prediction, truth) {
  const ratios = Array.from(truth, (depth, pixel) => prediction[pixel] / depth);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const absRel = mean(ratios.map((ratio) => Math.abs(ratio - 1)));
  const delta1 = mean(ratios.map((ratio) => (Math.max(ratio, 1 / ratio) < 1.25 ? 1 : 0)));
  return `AbsRel ${absRel.toFixed(3)}, delta1 ${delta1.toFixed(3)}`;
}

function svg(width, height, content) {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`);
}
