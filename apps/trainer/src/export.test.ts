import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { LlmMde, preset } from 'llm-mde';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'llm-mde-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const device = await openDevice({ device: 'wasm' });
  const model = await LlmMde.create(preset('tiny'));
  await model.save(join(folder, 'model'));
  await device.close();
});

function exportTo(...parameters: string[]) {
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
  const environment = { ...process.env, LLM_MDE_DEVICE: 'wasm' };
  return spawnSync(process.execPath, [cli, 'export', 'model', ...parameters], {
    encoding: 'utf8',
    cwd: folder,
    env: environment,
  });
}

it.each([
  ['onnx', ['config.json', 'onnx', 'preprocessor_config.json']],
  ['safetensors', ['language', 'model.safetensors', 'vision']],
  ['peft', ['language_adapter', 'vision_adapter']],
])('writes a saved model as %s', (format, files) => {
  expect(exportTo('--to', format, '--out', format)).toMatchObject({ status: 0, stdout: `Wrote ${format}.\n` });
  expect(readdirSync(join(folder, format)).sort()).toEqual(files);
});

it('bakes a prompt in, and replaces a folder only when told to', () => {
  const parameters = ['--to', 'onnx', '--out', 'baked', '--prompt', 'A room.', '--batch-size', '2'];
  expect(exportTo(...parameters).status).toBe(0);
  const config = JSON.parse(readFileSync(join(folder, 'baked/config.json'), 'utf8'));
  expect(config).toMatchObject({ model_type: 'dpt', prompt: 'A room.', max_depth: 10 });
  const again = exportTo(...parameters);
  expect(again.stderr).toBe('llm-mde: baked already exists: choose another --out, or replace it with --overwrite.\n');
  expect(again.status).toBe(1);
  expect(exportTo(...parameters, '--overwrite').status).toBe(0);
});
