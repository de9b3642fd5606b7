// Takes the picture of the README from a run's report: npm run docs:report -- [runs/rooms-tiny/report.html]. It needs Chromium.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const report = resolve(process.argv[2] ?? `${root}/runs/rooms-tiny/report.html`);
if (!existsSync(report)) throw new Error(`There is no ${report}: run npm start, or name a report.`);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1240, height: 900 }, deviceScaleFactor: 1 });
  await page.goto(pathToFileURL(report).href);
  const examples = page.locator('.example');
  const boxes = await Promise.all([0, 3].map((index) => examples.nth(index).boundingBox()));
  const shots = await Promise.all([0, 3].map((index) => examples.nth(index).screenshot()));
  const width = Math.ceil(boxes[0].width);
  const height = Math.ceil(boxes[0].height);
  await sharp({ create: { width, height: height * 2 + 12, channels: 3, background: '#fbfbf9' } })
    .composite(shots.map((input, index) => ({ input, left: 0, top: index * (height + 12) })))
    .jpeg({ quality: 86, mozjpeg: true })
    .toFile(`${root}/docs/pictures/report-examples.jpg`);
} finally {
  await browser.close();
}
