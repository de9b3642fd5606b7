import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@llm-mde/checkpoints';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { beforeEach, describe, expect, it } from 'vitest';
import { Check } from './check/check-file.js';
import { Node } from './format/graph.js';
import { layOut } from './format/lay-out.js';
import { FLOAT } from './format/types.js';
import { MODES } from './modes.js';
import { type QuantizeFileOptions, quantizeFile } from './quantize-file.js';
import { quantizeModel } from './quantize-model.js';
import { buildModel, randomValues, randomWeight } from './testing/build-model.js';
import { readModel } from './testing/read-bytes.js';
import { relativeError, runModel } from './testing/run-model.js';

const temporary = temporaryFolder();
let model: string;
const x = { data: randomValues(6 * 64), dims: [6, 64] };
const bytes = buildModel({
  nodes: [
    Node.create('MatMul', ['x', 'first'], ['hidden']),
    Node.create('Relu', ['hidden'], ['active']),
    Node.create('MatMul', ['active', 'second'], ['y']),
  ],
  weights: [randomWeight('first', [64, 128]), randomWeight('second', [128, 64])],
  inputs: { x: [FLOAT, ['batch_size', 64]] },
  outputs: { y: [FLOAT, ['batch_size', 64]] },
});

beforeEach(async () => {
  model = join(temporary.path, 'model.onnx');
  await writeFile(model, bytes);
});

const refuse = (message: RegExp, options: Partial<QuantizeFileOptions> = {}, path = model) =>
  expect(quantizeFile(path, { modes: ['q8'], ...options })).rejects.toThrow(message);
const config = async () => JSON.parse(await readFile(join(temporary.path, 'quantize_config.json'), 'utf8'));

it('writes every mode under the name that transformers.js looks for, as the same bytes as in memory', async () => {
  const progress: number[] = [];
  const results = await quantizeFile(model, {
    modes: MODES,
    onProgress: ({ bytesWritten, bytes: all }) => progress.push(bytesWritten / all),
  });
  expect((await readdir(temporary.path)).sort()).toEqual(
    [
      ...['model.onnx', 'model_bnb4.onnx', 'model_fp16.onnx', 'model_int8.onnx', 'model_q4.onnx', 'model_q4f16.onnx'],
      ...['model_quantized.onnx', 'model_uint8.onnx', 'quantize_config.json'],
    ].sort(),
  );
  for (const { mode, path, bytes: size } of results) {
    expect(Buffer.compare(await readFile(path), await quantizeModel(bytes, { mode }))).toBe(0);
    expect((await stat(path)).size).toBe(size);
  }
  expect(progress.filter((part) => part === 1).length).toBeGreaterThanOrEqual(MODES.length);
  expect(await config()).toMatchObject({ modes: MODES, per_channel: false, reduce_range: false, block_size: 32 });
});

describe('weights in other files', () => {
  /** The model with its weights outside, in files of at most so many bytes. */
  async function separate(folder: string, largestFile: number) {
    await mkdir(folder);
    const files = layOut(await readModel(bytes), { name: 'model.onnx', externalData: true, largestFile });
    for (const file of files) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.chunks()) chunks.push(chunk);
      await writeFile(join(folder, file.name), Buffer.concat(chunks));
    }
    return join(folder, 'model.onnx');
  }

  it('are read from several, and come into the model', async () => {
    const path = await separate(join(temporary.path, 'in'), 40_000);
    expect(await readdir(join(temporary.path, 'in'))).toEqual(['model.onnx', 'model.onnx_data', 'model.onnx_data_1']);
    const expected = await runModel(model, { x });
    expect(await runModel(path, { x })).toEqual(expected);
    for (const { path: written, mode } of await quantizeFile(path, { modes: MODES })) {
      expect(Buffer.compare(await readFile(written), await quantizeModel(bytes, { mode }))).toBe(0);
    }
  });

  it('are written there where asked', async () => {
    for (const { mode, path } of await quantizeFile(model, { modes: MODES, externalData: true })) {
      expect((await stat(`${path}_data`)).size).toBeGreaterThan((await stat(path)).size);
      expect(await runModel(path, { x })).toEqual(await runModel(await quantizeModel(bytes, { mode }), { x }));
    }
  });

  it('are written there where a file would be larger than protocol buffers allow', async () => {
    const read = await readModel(bytes);
    const names = layOut(read, { name: 'model.onnx', largestFile: 50_000 }).map(({ name }) => name);
    expect(names).toEqual(['model.onnx_data', 'model.onnx_data_1', 'model.onnx']);
    expect(() => layOut(read, { name: 'model.onnx', externalData: false, largestFile: 50_000 })).toThrow(
      /more than the 2 GB that an ONNX file can have: allow external data/,
    );
  });

  it('are missed by a sentence', async () => {
    const path = await separate(join(temporary.path, 'in'), 40_000);
    await truncate(`${path}_data_1`, 1000);
    await refuse(/model.onnx_data_1 is truncated: .* but it has 1000/, {}, path);
    const alone = join(temporary.path, 'alone.onnx');
    await writeFile(alone, await readFile(path));
    await refuse(/keeps its weights in model.onnx_data, which is not beside it/, {}, alone);
    const outside = Buffer.from(
      (await readFile(path)).toString('latin1').replace('model.onnx_data', '../../onnx_data'),
      'latin1',
    );
    await writeFile(alone, outside);
    await refuse(/keeps weights in ..\/..\/onnx_data, outside its folder/, {}, alone);
  });
});

it('replaces files only where asked, and remembers the modes of earlier calls', async () => {
  await quantizeFile(model, { modes: ['q4'] });
  await refuse(/model_q4.onnx already exists: replace it with overwrite/, { modes: ['q8', 'q4'] });
  expect(await readdir(temporary.path)).toEqual(['model.onnx', 'model_q4.onnx', 'quantize_config.json']);
  await quantizeFile(model, { modes: ['q8', 'q4'], overwrite: true });
  await quantizeFile(model, { modes: ['fp16'] });
  expect((await config()).modes).toEqual(['fp16', 'q8', 'q4']);
  await refuse(/fp16, q8, q4 were made with another per_channel/, { modes: ['int8'], perChannel: true });
  await writeFile(join(temporary.path, 'quantize_config.json'), '{');
  await refuse(/quantize_config.json is not valid JSON/, { modes: ['int8'] });
});

it('leaves nothing behind where it fails', async () => {
  await writeFile(model, bytes.subarray(0, bytes.length - 100));
  await refuse(/model.onnx is truncated: .* Download or copy it again/);
  await refuse(/There is no .*other.onnx/, {}, join(temporary.path, 'other.onnx'));
  await refuse(/cannot be opened: it is not a regular file/, {}, temporary.path);
  await truncate(model, 2 ** 31);
  await refuse(/has 2147483648 bytes, more than the 2 GB that an ONNX file can have/);
  expect(await readdir(temporary.path)).toEqual(['model.onnx']);
});

describe('the check', () => {
  it('gives the relative error of each output, on random inputs and on given ones', async () => {
    const { path } = (await quantizeFile(model, { modes: ['q4'] }))[0]!;
    const inputs = join(temporary.path, 'inputs.safetensors');
    await writeSafetensors(inputs, [['x', { shape: x.dims, data: x.data }]]);
    const check = await Check.start(model, { inputs });
    const { output, relative, largest } = (await check.compare(path))[0]!;
    const [{ y: expected }, { y }] = [await runModel(model, { x }), await runModel(path, { x })];
    expect(output).toBe('y');
    expect(relative).toBeCloseTo(relativeError(y!, expected!), 5);
    expect(largest).toBeGreaterThan(0);
    const random = await (await Check.start(model, { sizes: new Map([['batch_size', 3]]) })).compare(path);
    expect(random[0]!.relative).toBeGreaterThan(0.01);
    expect(random[0]!.relative).toBeLessThan(0.2);
    expect(await check.compare(model)).toEqual([{ output: 'y', relative: 0, largest: 0 }]);
  });

  it('says what it cannot run', async () => {
    const check = await Check.start(model);
    const broken = join(temporary.path, 'broken.onnx');
    await writeFile(broken, bytes.subarray(0, 1000));
    await expect(check.compare(broken)).rejects.toThrow(/ONNX Runtime cannot run .*broken.onnx/);
    const inputs = join(temporary.path, 'inputs.safetensors');
    await writeSafetensors(inputs, [['z', { shape: [1], data: Float32Array.of(1) }]]);
    await expect(Check.start(model, { inputs })).rejects.toThrow(/has no x, which is an input of the model/);
  });
});
