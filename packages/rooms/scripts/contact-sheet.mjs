// Draws one frame of every scene type, image above depth, into docs/contact-sheet.jpg:
//
//     npm run build && npm run contact-sheet -- [--seed 0] [--frame-index 0] [--columns 7] [--width 240] [--output FILE] [--types kitchen,cafe]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { generateFrame, SCENE_TYPES } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
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
  const started = performance.now();
  const { image, depth } = generateFrame({
    seed: Number(values.seed),
    frameIndex: Number(values['frame-index']),
    sceneType,
    width: 2 * width,
    height: 2 * height,
  });
  console.log(`${sceneType}: ${Math.round(performance.now() - started)} ms`);
  const picture = (data) => sharp(data, { raw: { width: 2 * width, height: 2 * height, channels: 3 } });
  layers.push(
    { input: await picture(image.data).resize(width, height).png().toBuffer(), left, top: top + label },
    { input: await picture(colormap(depth)).resize(width, height).png().toBuffer(), left, top: top + label + height },
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

/** Near is yellow, 8 metres and beyond dark blue. */
function colormap(depth) {
  const stops = [
    [253, 231, 37],
    [122, 209, 81],
    [34, 168, 132],
    [42, 120, 142],
    [65, 68, 135],
    [68, 1, 84],
  ];
  const colors = new Uint8Array(depth.length * 3);
  for (const [pixel, metres] of depth.entries()) {
    const place = Math.min(1, Math.max(0, (metres - 0.5) / 7.5)) * (stops.length - 1);
    const first = Math.min(stops.length - 2, Math.floor(place));
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [stops[first][channel], stops[first + 1][channel]];
      colors[pixel * 3 + channel] = from + (to - from) * (place - first);
    }
  }
  return colors;
}
