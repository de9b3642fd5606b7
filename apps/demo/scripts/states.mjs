// Takes pictures of the page in its states, in Chromium, to look at: on a desktop, a tablet and a phone, in light and dark, of upright, wide and
// usual photos. The photos are rendered rooms.
//
//     npm run docs -- states [name…]
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { modelFolder } from '@llm-mde/models';
import { generateFrame } from '@llm-mde/rooms/generate';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { createServer, ModelRegistry } from '../dist/index.js';

/** Where the pictures are. */
export const FOLDER = fileURLToPath(new URL('../test-output/states/', import.meta.url));

const DEVICES = {
  desktop: { viewport: { width: 1360, height: 860 } },
  tablet: { viewport: { width: 820, height: 1180 }, hasTouch: true, isMobile: true },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};

const SIZES = { portrait: [480, 640], panorama: [960, 340] };

/** What a state needs besides the page with the kitchen's depth: steps from there, or from the empty page with `from: 'start'`. */
const STATES = {
  start: { from: 'start', devices: ['desktop', 'tablet', 'phone'] },
  depth: {
    devices: ['desktop', 'tablet', 'phone'],
    steps: (page) => tap(page, [0.75, 0.7]),
  },
  portrait: { from: 'portrait', devices: ['desktop', 'phone'], steps: (page) => tap(page, [0.5, 0.6]) },
  panorama: { from: 'panorama', devices: ['desktop', 'phone'], steps: (page) => tap(page, [0.5, 0.6]) },
  measure: { devices: ['desktop', 'phone'], steps: measure },
  words: { devices: ['desktop', 'phone'], steps: (page) => press(page, 'Attention', page.locator('.card').first()) },
  '3d': { devices: ['desktop', 'tablet', 'phone'], steps: show3d },
  calibrate: { devices: ['desktop', 'phone'], steps: calibrate },
  compare: { devices: ['desktop', 'phone'], steps: compare },
  difference: { devices: ['desktop', 'phone'], steps: difference },
  download: { devices: ['desktop', 'phone'], steps: download },
  video: { from: 'start', devices: ['desktop', 'phone'], steps: (page) => press(page, 'Video', page.locator('.live')) },
  'fine-tune': {
    from: 'start',
    devices: ['desktop', 'phone'],
    steps: (page) => press(page, 'Fine-tune', page.locator('.tune')),
  },
  loading: {
    from: 'start',
    devices: ['desktop', 'phone'],
    async steps(page) {
      await page.route('**/api/depth*', () => {});
      await page.locator('.sample').first().click();
      await page.locator('.pane__wait').waitFor();
    },
  },
  error: {
    from: 'start',
    devices: ['desktop', 'phone'],
    async steps(page) {
      await choose(page, 'notes.jpg', Buffer.from('no image'));
      await page.getByRole('alert').locator('p').waitFor();
    },
  },
};

async function tap(page, [across, down]) {
  const box = await page.locator('.pane__frame').first().boundingBox();
  const [x, y] = [box.x + across * box.width, box.y + down * box.height];
  if (await page.evaluate(() => navigator.maxTouchPoints > 0)) await page.touchscreen.tap(x, y);
  else await page.mouse.click(x, y);
  await page.waitForTimeout(400);
}

async function press(page, name, shown) {
  await page.getByRole('button', { name, exact: true }).click();
  await shown.waitFor();
}

async function measure(page) {
  await press(page, 'Measure', page.locator('.reading'));
  await tap(page, [0.3, 0.75]);
  await tap(page, [0.8, 0.35]);
}

async function show3d(page) {
  await press(page, '3D', page.locator('.scene__canvas'));
  await page.waitForTimeout(1500);
}

async function compare(page) {
  const toggle = page.getByRole('button', { name: 'Model and settings' });
  if (await toggle.isVisible()) await toggle.click();
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('prompt:none');
  await page.locator('canvas.depth').nth(1).waitFor();
  if (await toggle.isVisible()) await toggle.click();
}

async function calibrate(page) {
  await press(page, 'Measure', page.locator('.reading'));
  await tap(page, [0.3, 0.75]);
  await page.getByRole('textbox', { name: /^I know this distance/ }).fill('2.1');
  await page.getByRole('button', { name: 'Calibrate' }).click();
  await page.getByRole('button', { name: 'Reset the scale' }).waitFor();
}

async function difference(page) {
  await compare(page);
  await press(page, 'Difference', page.locator('.difference'));
}

async function download(page) {
  await page.route('**/model.safetensors', () => {});
  const toggle = page.getByRole('button', { name: 'Model and settings' });
  if (await toggle.isVisible()) await toggle.click();
  await page.getByRole('checkbox', { name: 'Run in browser' }).click();
  await page.locator('.pane__wait progress').waitFor();
}

/** The whole page; of a touch screen in one piece, which Chromium would show as if it had a mouse otherwise. */
async function shoot(page, path) {
  const { width, height } = page.viewportSize();
  if (await page.evaluate(() => navigator.maxTouchPoints > 0)) {
    await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
    await page.waitForTimeout(300);
    await page.screenshot({ path });
    await page.setViewportSize({ width, height });
  } else await page.screenshot({ path, fullPage: true });
}

const choose = (page, name, buffer) =>
  page.locator('input[type=file]').first().setInputFiles({ name, mimeType: 'image/jpeg', buffer });

/** @param names Of states. @default all */
export async function takeStates(names = Object.keys(STATES)) {
  mkdirSync(FOLDER, { recursive: true });
  const photos = {};
  for (const [name, [width, height]] of Object.entries(SIZES)) {
    const { image } = generateFrame({ seed: 20_250, sceneType: 'study', frameIndex: 5, width, height });
    const { data, channels } = image;
    photos[name] = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 90 }).toBuffer();
  }
  const device = await openDevice({ device: 'wasm' });
  const registry = await ModelRegistry.open(await modelFolder('tiny'), { compiler: device.compile });
  const app = await createServer({ device, registry });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const name of names) {
      const { from = 'kitchen', devices, steps } = STATES[name] ?? {};
      if (!devices) throw new Error(`There is no state ${name}; there are ${Object.keys(STATES).join(', ')}.`);
      for (const kind of devices) {
        for (const colorScheme of ['light', 'dark']) {
          const page = await browser.newPage({ ...DEVICES[kind], colorScheme });
          await page.goto(address);
          await page.locator('.sample').first().waitFor();
          if (from === 'kitchen') await page.locator('.sample').first().click();
          else if (from !== 'start') await choose(page, `${from}.jpg`, photos[from]);
          if (from !== 'start') await page.locator('canvas.depth').first().waitFor();
          await steps?.(page);
          await shoot(page, `${FOLDER}${kind}-${colorScheme}-${name}.png`);
          await page.close();
        }
      }
      console.log(name);
    }
  } finally {
    await browser.close();
    await app.close();
    await device.close();
  }
}
