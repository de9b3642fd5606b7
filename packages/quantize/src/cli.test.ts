import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { Node } from './format/graph.js';
import { FLOAT } from './format/types.js';
import { buildModel, randomWeight } from './testing/build-model.js';

const temporary = temporaryFolder();
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const run = promisify(execFile);

async function quantize(...parameters: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: temporary.path };
  return run(process.execPath, [CLI, ...parameters], options).then(
    (result) => ({ code: 0, ...result }),
    (error) => error as { code: number; stdout: string; stderr: string },
  );
}

it('writes the modes, and the error of each', async () => {
  const model = buildModel({
    nodes: [Node.create('MatMul', ['x', 'weight'], ['y'])],
    weights: [randomWeight('weight', [64, 64])],
    inputs: { x: [FLOAT, ['batch_size', 64]] },
    outputs: { y: [FLOAT, ['batch_size', 64]] },
  });
  await writeFile(join(temporary.path, 'model.onnx'), model);
  const written = await quantize('model.onnx', '--modes', 'q8,q4');
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout).toMatch(
    /model_quantized\.onnx: 0\.0 MB\n {2}y: relative error \d\.\de-\d, largest .*\nmodel_q4\.onnx: .*\n {2}y: relative error/,
  );
  expect(await readdir(temporary.path)).toEqual(
    expect.arrayContaining(['model_q4.onnx', 'model_quantized.onnx', 'quantize_config.json']),
  );
  const again = await quantize('model.onnx', '--modes', 'q8', '--no-check');
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^quantize: .* already exists: .*--overwrite/),
  });
  const unknown = await quantize('model.onnx', '--modes', 'q9');
  expect(unknown).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/There is no mode "q9": choose of fp16, q8/),
  });
});
