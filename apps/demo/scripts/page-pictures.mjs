// Takes the pictures of the READMEs from what the page's test leaves in apps/demo/test-output: npm run docs:demo. It needs Chromium.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const shots = fileURLToPath(new URL('../test-output/', import.meta.url));
const pictures = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
if (!existsSync(`${shots}desktop-2-depth.png`))
  throw new Error(`There are no pictures in ${shots}: run the test first.`);

for (const [shot, name] of [
  ['desktop-2-depth', 'demo-depth'],
  ['desktop-4-words', 'demo-words'],
  ['desktop-5-space', 'demo-space'],
]) {
  await save(sharp(`${shots}${shot}.png`).resize({ width: 1100 }), name);
}
const phones = await Promise.all(
  ['phone-1-welcome', 'phone-2-depth', 'phone-3-words', 'phone-4-space'].map((shot) =>
    sharp(`${shots}${shot}.png`).resize({ width: 270, height: 560, fit: 'cover', position: 'top' }).png().toBuffer(),
  ),
);
const row = sharp({ create: { width: 4 * 280 - 10, height: 560, channels: 3, background: '#ffffff' } });
await save(row.composite(phones.map((input, index) => ({ input, left: 280 * index, top: 0 }))), 'demo-phone');

async function save(picture, name) {
  await picture.jpeg({ quality: 84, mozjpeg: true }).toFile(`${pictures}${name}.jpg`);
}
