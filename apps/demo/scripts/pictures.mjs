// Takes the pictures of the READMEs, in Chromium: of the page, or of the report of a training run.
//
//     npm run docs -- demo
//     npm run docs -- report [runs/rooms-tiny/report.html]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const app = fileURLToPath(new URL('..', import.meta.url));
const pictures = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
const [kind, file = 'runs/rooms-tiny/report.html'] = process.argv.slice(2);

if (kind === 'demo') await takePage();
else if (kind === 'report') await takeReport(resolve(file));
else throw new Error('Usage: pictures.mjs demo|report [report.html]');

/** From the screenshots of the page's test. */
async function takePage() {
  const env = { ...process.env, LLM_MDE_PICTURES: '1' };
  const { status } = spawnSync('npx', ['vitest', 'run', 'demo.browser'], { cwd: app, env, stdio: 'inherit' });
  if (status !== 0) throw new Error('The test of the page failed.');
  const shot = (name) => sharp(`${app}test-output/${name}.png`);
  await save(shot('desktop-2-depth').resize({ width: 1100 }), 'demo-depth');
  await save(shot('desktop-4-words').resize({ width: 1100 }), 'demo-words');
  await save(shot('desktop-5-3d').resize({ width: 1100 }), 'demo-3d');
  const phones = await Promise.all(
    ['phone-1-welcome', 'phone-2-depth', 'phone-3-words', 'phone-4-3d'].map((name) =>
      shot(name).resize({ width: 270, height: 560, fit: 'cover', position: 'top' }).png().toBuffer(),
    ),
  );
  const row = sharp({ create: { width: 4 * 280 - 10, height: 560, channels: 3, background: '#ffffff' } });
  await save(row.composite(phones.map((input, index) => ({ input, left: 280 * index, top: 0 }))), 'demo-phone');
}

/** Two of the examples. */
async function takeReport(report) {
  if (!existsSync(report)) throw new Error(`${report} not found: run npm start, or pass the path of a report.`);
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1240, height: 900 } });
    await page.goto(pathToFileURL(report).href);
    const examples = [0, 3].map((index) => page.locator('.example').nth(index));
    const shots = await Promise.all(examples.map((example) => example.screenshot()));
    const { width, height } = await sharp(shots[0]).metadata();
    const layers = shots.map((input, index) => ({ input, left: 0, top: index * (height + 12) }));
    const column = sharp({ create: { width, height: height * 2 + 12, channels: 3, background: '#fbfbf9' } });
    await save(column.composite(layers), 'report-examples');
  } finally {
    await browser.close();
  }
}

async function save(picture, name) {
  await picture.jpeg({ quality: 84, mozjpeg: true }).toFile(`${pictures}${name}.jpg`);
}
