import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, pipeline, RawImage as TransformersImage } from '@huggingface/transformers';
import { type Device, openDevice } from '@llm-mde/backend';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import type { RawImage } from '@llm-mde/vision-encoder';
import { configure, LlmMde, preset } from 'llm-mde';
import { exportOnnx } from 'llm-mde/export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransformersDepthModel } from './index.js';

// A model of our own, exported in transformers.js' layout: what it gives is known.
const folder = folderOfFile();
const exported = join(folder, 'exported');
let device: Device;
let own: LlmMde;

beforeAll(async () => {
  device = await openDevice();
  const { vision, language } = preset('tiny');
  const configuration = configure(preset('tiny'), {
    imageSize: [24, 32],
    vision: { configuration: { ...vision.configuration!, layerCount: 1 } },
    language: { configuration: { ...language.configuration!, layerCount: 1 } },
    prompt: { style: 'fixed' },
  });
  own = await LlmMde.create(configuration, { compiler: device.compile });
  await exportOnnx(own, exported);
  writeFileSync(join(exported, 'README.md'), '---\nlicense: mit\n---\n');
});

afterAll(async () => {
  await own.dispose();
  await device.close();
});

/** Smooth enough that how it is resized hardly matters. */
function picture(width: number, height: number): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const [pixel, channel] = [Math.floor(index / 3), index % 3];
    const [x, y] = [(pixel % width) / width, Math.floor(pixel / width) / height];
    return 128 + 60 * Math.sin(4 * x + channel) + 50 * Math.cos(5 * y - 2 * x);
  });
  return { data, width, height, channels: 3 };
}

function difference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  expect(one.length).toBe(other.length);
  return Array.from(one).reduce((largest, value, place) => Math.max(largest, Math.abs(value - other[place]!)), 0);
}

/** The same model under other facts. */
function variant(name: string, changes?: object): string {
  const path = join(folder, name);
  cpSync(exported, path, { recursive: true });
  if (!changes) return path;
  const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, ...changes }));
  return path;
}

describe('a model in the layout of transformers.js', () => {
  it('gives what our model gives, for photos of any size, mirrored ones averaged if told to', async () => {
    const model = await TransformersDepthModel.load(exported);
    expect(model).toMatchObject({ unit: 'metre', maximumDepth: 10, license: 'mit', name: exported });
    expect(model.about).toBe(`${exported} is a model of others (license mit by its model card); it gives metres.`);
    for (const image of [picture(32, 24), picture(50, 41), picture(200, 150)]) {
      for (const testTimeFlip of [false, true]) {
        const [prediction] = await model.predict([image], { testTimeFlip });
        const { values, width, height } = prediction!;
        expect([width, height]).toEqual([image.width, image.height]);
        const { depth } = await own.predict(image, { testTimeFlip });
        expect(difference(values, depth)).toBeLessThan(1e-4);
      }
    }
    expect(await model.digest()).toMatch(/^[0-9a-f]{64}$/);
    await model.dispose();
  });

  it("gives what transformers.js' pipeline gives, but for how images are resized", async () => {
    const model = await TransformersDepthModel.load(exported);
    Object.assign(env, { allowRemoteModels: false });
    const estimate = await pipeline('depth-estimation', exported);
    const compare = async (image: RawImage) => {
      const given = new TransformersImage(Uint8ClampedArray.from(image.data), image.width, image.height, 3);
      const result = await estimate(given);
      const { predicted_depth: estimated } = Array.isArray(result) ? result[0]! : result;
      const [prediction] = await model.predict([image]);
      return difference(prediction!.values, estimated.data as Float32Array);
    };
    expect(await compare(picture(32, 24))).toBeLessThan(1e-5);
    // The pipeline takes single pixels where it makes images smaller.
    expect(await compare(picture(200, 150))).toBeLessThan(0.05);
    await estimate.dispose();
    await model.dispose();
  });

  it('is found by a name in the current folder', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const model = await TransformersDepthModel.load('exported');
      expect(model.name).toBe('exported');
      await model.dispose();
    } finally {
      process.chdir(before);
    }
  });

  it('is known by its digest, which its card does not change', async () => {
    const changed = variant('changed');
    writeFileSync(join(changed, 'README.md'), '');
    const relative = variant('relative', { depth_estimation_type: 'relative' });
    const digests: string[] = [];
    for (const path of [exported, changed, relative]) {
      const model = await TransformersDepthModel.load(path);
      digests.push(await model.digest());
      if (path === changed) expect(model.about).toContain('(license unknown)');
      if (path === relative) expect(model.about).toMatch(/it gives relative inverse depth: near is large/);
      await model.dispose();
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it("is found in the hub's cache, with weights in a file of their own", async () => {
    const commit = '4'.repeat(40);
    const repository = join(folder, 'cache/models--owner--depth');
    const snapshot = join(repository, 'snapshots', commit);
    await exportOnnx(own, snapshot, { externalData: true });
    mkdirSync(join(repository, 'refs'));
    mkdirSync(join(repository, 'blobs'));
    writeFileSync(join(repository, 'refs/main'), commit);
    // As the hub's libraries keep files: links to what is named by its content.
    for (const [index, name] of readdirSync(join(snapshot, 'onnx')).entries()) {
      renameSync(join(snapshot, 'onnx', name), join(repository, 'blobs', String(index)));
      symlinkSync(`../../../blobs/${index}`, join(snapshot, 'onnx', name));
    }
    const options = { cacheFolder: join(folder, 'cache'), offline: true };
    const model = await TransformersDepthModel.load('owner/depth', options);
    expect(model).toMatchObject({ name: 'owner/depth', revision: commit });
    const image = picture(32, 24);
    const [prediction] = await model.predict([image]);
    expect(difference(prediction!.values, (await own.predict(image)).depth)).toBeLessThan(1e-4);
    await model.dispose();
  });
});

describe('what cannot be opened', () => {
  it('is said in a sentence', async () => {
    const nothing = { endpoint: 'http://127.0.0.1:9', cacheFolder: join(folder, 'empty') };
    await expect(TransformersDepthModel.load('owner/depth', nothing)).rejects.toThrow(
      /^owner\/depth could not be loaded from http:\/\/127\.0\.0\.1:9: .*Check the network, or /,
    );
    await expect(TransformersDepthModel.load('./nowhere/at/all')).rejects.toThrow(
      'There is no folder ./nowhere/at/all',
    );
    const plain = join(folder, 'plain');
    mkdirSync(plain);
    writeFileSync(join(plain, 'config.json'), '{}');
    await expect(TransformersDepthModel.load(plain)).rejects.toThrow(
      `The folder ${plain} has no preprocessor_config.json, so it is no depth model in transformers.js' layout.`,
    );
    const broken = variant('broken');
    writeFileSync(join(broken, 'onnx/model.onnx'), 'nothing');
    await expect(TransformersDepthModel.load(broken)).rejects.toThrow(
      /broken could not be opened by transformers\.js: .*Is it a depth model/,
    );
    const other = variant('other', { model_type: 'bert' });
    await expect(TransformersDepthModel.load(other)).rejects.toThrow(/other could not be opened by transformers\.js: /);
  });
});
