// Depth of one photograph: `npm start`, or `npm start -- my-photo.jpg rooms-small`.
import { mkdir, writeFile } from 'node:fs/promises';
import { LlmMde } from 'llm-mde';

const [photo = 'photo.jpg', name = 'tiny'] = process.argv.slice(2);
const model = await LlmMde.load(name);
const prediction = await model.predict(photo);

const { depth, width, height, minimum, maximum } = prediction;
console.log(`${photo}: ${width} × ${height} pixels, ${minimum.toFixed(2)} to ${maximum.toFixed(2)} metres away`);
for (const y of [1, 3, 5, 7]) {
  const row = [1, 3, 5, 7, 9].map((x) => depth[Math.floor((y / 8) * height) * width + Math.floor((x / 10) * width)]!);
  console.log(row.map((metres) => metres.toFixed(2).padStart(6)).join(' '));
}

await mkdir('output', { recursive: true });
await writeFile('output/colors.png', await prediction.toColorMap());
await writeFile('output/depth.png', await prediction.toPng16()); // millimetres in 16 bits
await writeFile('output/points.ply', await prediction.toPointCloud());
console.log('output: colors.png, depth.png, points.ply');
