import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { TransformersDepthModel } from '@llm-mde/teachers';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import { configure, LlmMde, preset } from 'llm-mde';
import { exportOnnx } from 'llm-mde/export';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../testing/demo-server.js';
import { ModelRegistry } from './models.js';

const folder = folderOfFile();
const [metric, relative] = [join(folder, 'metric'), join(folder, 'relative')];
const photo = readFileSync(new URL('../page/public/samples/kitchen.jpg', import.meta.url));
let server: DemoServer;

beforeAll(async () => {
  const device = await openDevice();
  const model = await LlmMde.create(configure(preset('tiny'), { prompt: { style: 'none' } }), {
    compiler: device.compile,
  });
  await exportOnnx(model, metric);
  await model.dispose();
  cpSync(metric, relative, { recursive: true });
  const config = JSON.parse(readFileSync(join(metric, 'config.json'), 'utf8'));
  writeFileSync(join(relative, 'config.json'), JSON.stringify({ ...config, depth_estimation_type: 'relative' }));
  server = await startDemoServer({}, inject('models'), [metric, relative]);
});
afterAll(() => server?.close());

const ask = (model: string, accept: string) =>
  fetch(`${server.address}/api/depth?model=${model}`, {
    method: 'POST',
    body: Uint8Array.from(photo),
    headers: { 'content-type': 'image/jpeg', accept },
  });

it('lists models of others with what is to be said of them, and estimates with them', async () => {
  const { others } = (await (await fetch(`${server.address}/api/models`)).json()) as { others: unknown };
  expect(others).toEqual([
    { id: 'metric', unit: 'metre', about: 'metric is a model of others (license unknown); it gives metres.' },
    { id: 'relative', unit: 'relative', about: expect.stringMatching(/^relative is .*relative inverse depth/) },
  ]);
  const model = await TransformersDepthModel.load(relative);
  const [expected] = await model.predict([await decodeImage(photo)]);
  await model.dispose();
  const answer = (await (await ask('relative', 'application/json')).json()) as Record<string, string>;
  const { width, height } = expected!;
  expect(answer).toMatchObject({ model: 'relative', unit: 'relative', width, height, prompt: '', camera: null });
  expect(new Float32Array(Uint8Array.from(Buffer.from(answer.depth!, 'base64')).buffer)).toEqual(expected!.values);
  expect((await ask('metric', 'image/png')).status).toBe(200);
  expect((await ask('relative', 'application/x-npy')).status).toBe(200);
  expect((await ask('relative', 'image/png')).status).toBe(406);
});

it('refuses what it cannot open', async () => {
  const open = (others: string[]) => ModelRegistry.open(inject('models'), { others });
  await expect(open([metric, metric])).rejects.toThrow('Two models are called metric');
  await expect(open([folder])).rejects.toThrow('has no config.json');
});
