import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { encodeDepthPng, encodePng } from '@llm-mde/depth-maps';
import { generateFrame } from '@llm-mde/rooms';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { configure, LlmMde, preset } from 'llm-mde';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type CalibrateFlags, calibrate } from './calibrate.js';

const folder = folderOfFile();
const modelFolder = join(folder, 'model');
const size = { width: 40, height: 30 };
const printed: string[] = [];

/** Frames of which the model predicts `1 / factor` of the depth. */
const FACTORS = { right: [1.3, 1.3, 1.3, 1.3], contrary: [1.6, 0.6, 1.6, 0.6], few: [1.3, 1.3] };

beforeAll(async () => {
  const device = await openDevice({ device: 'wasm' });
  const { vision, language } = preset('tiny');
  const model = await LlmMde.create(
    configure(preset('tiny'), {
      camera: { focalLength: 50 },
      imageSize: 32,
      vision: { configuration: { ...vision.configuration!, layerCount: 1 } },
      language: { configuration: { ...language.configuration!, layerCount: 1 } },
      head: { channels: [12, 8] },
    }),
  );
  await model.save(modelFolder);
  for (const [name, factors] of Object.entries(FACTORS)) {
    for (const part of ['images', 'depth']) mkdirSync(join(folder, name, part), { recursive: true });
    for (const [index, factor] of factors.entries()) {
      const { image } = generateFrame({ sceneType: 'kitchen', frameIndex: index, ...size });
      const { depth } = await model.predict(image);
      writeFileSync(join(folder, name, 'images', `${index}.png`), await encodePng(image.data, size));
      const metres = depth.map((each) => each * factor);
      // What a sensor may write where it saw nothing.
      metres[5] = 65.535;
      writeFileSync(join(folder, name, 'depth', `${index}.png`), await encodeDepthPng(metres, size));
    }
  }
  await model.dispose();
  await device.close();
});

beforeEach(() => {
  vi.stubEnv('LLM_MDE_DEVICE', 'wasm');
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((text) => printed.push(text));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  printed.length = 0;
});

const run = (inputs: string[], flags: Partial<CalibrateFlags> = {}) =>
  calibrate(modelFolder, inputs, {
    check: true,
    maxFrames: 200,
    batchSize: 2,
    device: 'auto',
    ...flags,
  });
const stored = (path = modelFolder) => JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')).depthScale;

it('refuses a factor that does not help, and what is too little to tell; the model stays', async () => {
  await expect(run([join(folder, 'contrary')])).rejects.toThrow(
    /^The factor 0\.9\d+ does not help\. On frames that it was not fitted to, in 4 folds: AbsRel 0\.\d{3} and mean \|log ratio\| 0\.\d{3} with the factor, AbsRel .* without\. .* is unchanged/,
  );
  await expect(run([join(folder, 'few')])).rejects.toThrow('2 frames are too few');
  expect(stored()).toBeUndefined();
});

it('writes a copy with --out', async () => {
  const out = join(folder, 'copy');
  await run([join(folder, 'right')], { out });
  expect([stored(out), stored()]).toEqual([1.3, undefined]);
  await expect(run([join(folder, 'right')], { out })).rejects.toThrow(`${out} already exists`);
  await expect(run([join(folder, 'right')], { out: join(modelFolder, 'in') })).rejects.toThrow('own folder');
  expect(existsSync(join(modelFolder, 'in'))).toBe(false);
});

it('stores the factor in the model, and the same one again', async () => {
  await run([join(folder, 'right')]);
  expect(stored()).toBe(1.3);
  expect(printed).toEqual([
    'Fitted to 4 frames on wasm: true depth is 1.3 times what the network predicts.',
    '4 frames without a stated focal length: the factor assumes a field of view of 60°. Say it with --fov or --intrinsics.',
    expect.stringMatching(
      /^On frames that it was not fitted to, in 4 folds: AbsRel 0\.000 .* AbsRel 0\.231 .* without\.$/,
    ),
    `Stored in ${modelFolder}: its depthScale is 1.3, and was 1.`,
  ]);
  const files = readFileSync(join(modelFolder, 'SHA256SUMS'), 'utf8');
  await run([join(folder, 'right')]);
  expect(printed.at(-1)).toBe(`Stored in ${modelFolder}: its depthScale is 1.3, and was 1.3.`);
  expect(readFileSync(join(modelFolder, 'SHA256SUMS'), 'utf8')).toBe(files);
  await run([join(folder, 'few')], { check: false, maxFrames: 1 });
  expect(printed.at(-3)).toContain('Fitted to 1 of 2 frames');
  // The depth of a camera with twice the focal length is twice as large.
  await run([join(folder, 'right')], {
    intrinsics: { fx: 20 * Math.sqrt(3) * 2, fy: 20 * Math.sqrt(3) * 2, cx: 19.5, cy: 14.5 },
  });
  expect(stored()).toBe(0.65);
});

it('takes measured photos, and leaves out what has no depth', async () => {
  const photo = (index: number) => `${join(folder, 'right/images', `${index}.png`)}=2`;
  await run([photo(0), photo(1), photo(2)], { check: false });
  expect(printed[0]).toMatch(/^Fitted to 3 photos on wasm: true depth is \S+ times/);
  writeFileSync(join(folder, 'right/depth/3.png'), await encodeDepthPng(new Float32Array(1200), size));
  writeFileSync(join(folder, 'right/depth/2.png'), 'no image');
  await expect(run([join(folder, 'right')])).rejects.toThrow('2 frames are too few');
  expect(printed.join('\n')).toMatch(
    /frame \S*3 has no depth up to 10 m and is left out[\s\S]*frame \S*2 cannot be read and is left out/,
  );
});
