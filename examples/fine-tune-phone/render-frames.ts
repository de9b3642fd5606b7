// Stands in for a phone with LiDAR: renders rooms into a folder in ARKitScenes' layout, where depth has fewer pixels than the photograph.
import { mkdir, writeFile } from 'node:fs/promises';
import { encodeDepthPng } from '@llm-mde/depth-maps';
import { generateFrames } from '@llm-mde/rooms';
import sharp from 'sharp';

// The middle of what is rendered, as a longer lens sees it: another camera than that of the rooms that the model knows.
const [width, height, left, top] = [128, 96, 64, 48];
const step = 4;
const rooms = new Map<string, number>();
const rendered = { width: width + 2 * left, height: height + 2 * top };

for await (const { id, scene, image, depth, intrinsics } of generateFrames({ count: 36, seed: 7, ...rendered })) {
  if (!rooms.has(scene)) rooms.set(scene, 41000001 + rooms.size);
  const room = String(rooms.get(scene));
  const name = `${room}_${id.split('_').at(-1)}.000`;

  const photo = sharp(image.data, { raw: image }).extract({ left, top, width, height });
  await write(`${room}/vga_wide/${name}.png`, await photo.png().toBuffer());

  const size = { width: width / step, height: height / step };
  const metres = Float32Array.from({ length: size.width * size.height }, (_, index) => {
    const [x, y] = [index % size.width, Math.floor(index / size.width)];
    return depth[(top + y * step) * rendered.width + left + x * step]!;
  });
  await write(`${room}/lowres_depth/${name}.png`, encodeDepthPng(metres, size));

  const { fx, fy, cx, cy } = intrinsics;
  await write(`${room}/vga_wide_intrinsics/${name}.pincam`, [width, height, fx, fy, cx - left, cy - top].join(' '));
}
console.log(`${rooms.size} rooms in output/phone`);

async function write(path: string, content: string | Uint8Array): Promise<void> {
  const file = `output/phone/${path}`;
  await mkdir(file.slice(0, file.lastIndexOf('/')), { recursive: true });
  await writeFile(file, content);
}
