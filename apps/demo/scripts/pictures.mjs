// Takes the pictures of the READMEs, in Chromium: of the page, or of the report of a training run.
//
//     npm run docs -- demo
//     npm run docs -- states [name…]     pictures of the page to look at, in apps/demo/test-output/states
//     npm run docs -- report [runs/rooms-tiny/report.html]
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { FOLDER, takeStates } from './states.mjs';

const pictures = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
const [kind, ...rest] = process.argv.slice(2);

if (kind === 'demo') await takePage();
else if (kind === 'states') await takeStates(rest.length > 0 ? rest : undefined);
else if (kind === 'report') await takeReport(resolve(rest[0] ?? 'runs/rooms-tiny/report.html'));
else throw new Error('Usage: pictures.mjs demo, states [name…] or report [report.html]');

/** Of the page's states, see states.mjs. */
async function takePage() {
  await takeStates(['start', 'depth', 'words', '3d']);
  const shot = (name) => sharp(`${FOLDER}${name}.png`);
  for (const name of ['depth', 'words', '3d'])
    await save(shot(`desktop-light-${name}`).resize({ width: 1100 }), `demo-${name}`);
  const phones = await Promise.all(
    ['start', 'depth', 'words', '3d'].map((name) =>
      shot(`phone-dark-${name}`).resize({ width: 270, height: 560, fit: 'cover', position: 'top' }).png().toBuffer(),
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
