import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LlmMde } from 'llm-mde';
import { afterEach, expect, inject, it } from 'vitest';
import { halveModel } from './half-precision.js';

const photo = fileURLToPath(new URL('../page/public/samples/kitchen.jpg', import.meta.url));
const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function copyOf(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-mde-halves-'));
  folders.push(folder);
  await cp(join(inject('models'), name, 'best'), join(folder, 'model'), { recursive: true });
  return join(folder, 'model');
}

it('halves float32 weights, whose depth hardly changes', async () => {
  const folder = await copyOf('rooms-fixed');
  const before = await stat(join(folder, 'vision.safetensors'));
  const halved = await halveModel(folder, [photo]);
  expect(halved).toMatchObject({ accepted: true });
  expect(halved!.change).toBeGreaterThan(0);
  expect(halved!.change).toBeLessThan(0.005);
  expect((await stat(join(folder, 'vision.safetensors'))).size / before.size).toBeLessThan(0.6);
  // Its checksums are right.
  await (await LlmMde.load(folder)).dispose();
  expect(await halveModel(folder, [photo])).toBeUndefined();
});

it('leaves a model as it was whose depth changes by more than it may', async () => {
  const folder = await copyOf('rooms-fixed');
  const names = ['SHA256SUMS', 'vision.safetensors', 'model.safetensors'];
  const contents = () => Promise.all(names.map((name) => readFile(join(folder, name))));
  const before = await contents();
  expect(await halveModel(folder, [photo], 1e-9)).toMatchObject({ accepted: false });
  expect(await contents()).toEqual(before);
  expect(await readdir(join(folder, '..'))).toEqual(['model']);
});
