// Draws one frame of every scene type, image above depth, into docs/contact-sheet.jpg:
//
//     npm run build && npm run contact-sheet -- [--seed 0] [--variety nyu] [--frame-index 0] [--columns 7] [--width 240] [--output FILE] [--types kitchen,cafe]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { colorizeDepth } from '@llm-mde/depth-maps';
import sharp from 'sharp';
import { generateFrame, SCENE_TYPES } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    variety: { type: 'string', default: 'nyu' },
    'frame-index': { type: 'string', default: '0' },
    columns: { type: 'string', default: '7' },
    width: { type: 'string', default: '240' },
    types: { type: 'string', default: SCENE_TYPES.join(',') },
    output: { type: 'string', default: fileURLToPath(new URL('../docs/contact-sheet.jpg', import.meta.url)) },
  },
});
const types = values.types.split(',');
const columns = Math.min(Number(values.columns), types.length);
const width = Number(values.width);
const height = (width * 3) / 4;
const label = 22;
const gap = 6;
const cellWidth = width + gap;
const cellHeight = 2 * height + label + gap;
const rows = Math.ceil(types.length / columns);

const layers = [];
for (const [place, sceneType] of types.entries()) {
  const left = gap + (place % columns) * cellWidth;
  const top = gap + Math.floor(place / columns) * cellHeight;
  // Rendered at twice the size, so that the small picture is sharp.
  const size = { width: 2 * width, height: 2 * height };
  const started = performance.now();
  const frame = {
    seed: Number(values.seed),
    frameIndex: Number(values['frame-index']),
    sceneType,
    variety: values.variety,
  };
  const { image, depth } = generateFrame({ ...frame, ...size });
  console.log(`${sceneType}: ${Math.round(performance.now() - started)} ms`);
  const picture = (data) => sharp(data, { raw: { ...size, channels: 3 } });
  // Near is yellow, 8 metres and beyond dark blue.
  const colors = colorizeDepth(depth, { ...size, minDepth: 0.5, maxDepth: 8, colormap: 'viridis' });
  layers.push(
    { input: await picture(image.data).resize(width, height).png().toBuffer(), left, top: top + label },
    { input: await picture(colors).resize(width, height).png().toBuffer(), left, top: top + label + height },
    { input: caption(sceneType), left, top },
  );
}
await sharp({
  create: { width: gap + columns * cellWidth, height: gap + rows * cellHeight, channels: 3, background: '#ffffff' },
})
  .composite(layers)
  .jpeg({ quality: 82, mozjpeg: true })
  .toFile(values.output);
console.log(values.output);

function caption(text) {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${label}"><text x="0" y="16" font-family="sans-serif" font-size="14">${text}</text></svg>`,
  );
}
