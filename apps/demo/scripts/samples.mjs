// Renders the example photos of the page, with a seed of their own: no model is trained on them.
import { fileURLToPath } from 'node:url';
import { generateFrame } from '@llm-mde/rooms/generate';
import sharp from 'sharp';

const SEED = 20_250;
const SAMPLES = { kitchen: 3, bedroom: 1, living_room: 0, study: 2 };

for (const [sceneType, frameIndex] of Object.entries(SAMPLES)) {
  const { image } = generateFrame({ seed: SEED, sceneType, frameIndex, width: 640, height: 480 });
  const { data, width, height, channels } = image;
  const file = fileURLToPath(new URL(`../src/page/public/samples/${sceneType}.jpg`, import.meta.url));
  const { size } = await sharp(data, { raw: { width, height, channels } })
    .jpeg({ quality: 84, mozjpeg: true })
    .toFile(file);
  console.log(`${sceneType}.jpg ${size} bytes`);
}
