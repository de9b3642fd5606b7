import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { configure, LlmMde, preset } from 'llm-mde';
import { describe, expect, it, vi } from 'vitest';
import { llmMde } from '../testing/llm-mde.js';
import { quantize } from './quantize.js';

const folder = folderOfFile();
const model = join(folder, 'model');
const photo = fileURLToPath(new URL('../../../demo/src/page/public/samples/kitchen.jpg', import.meta.url));

describe('llm-mde quantize', () => {
  it('stores the layers that have to stay in float32 in a copy, which predicts in 8 bits; a small tolerance takes more of them', async () => {
    const created = await LlmMde.create(
      configure(preset('tiny'), {
        vision: { configuration: { ...preset('tiny').vision.configuration!, layerCount: 1 } },
        language: { layerCount: 1 },
      }),
    );
    await created.save(model);
    await created.dispose();
    const said: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((text) => said.push(text));
    vi.stubEnv('LLM_MDE_DEVICE', '');
    const chosen = async (out: string, tolerance: number) => {
      await quantize(model, [photo], { out: join(folder, out), tolerance, device: 'cpu' });
      return JSON.parse(readFileSync(join(folder, out, 'config.json'), 'utf8')).quantization.float32 as string[];
    };
    const few = await chosen('few', 0.5);
    const many = await chosen('many', 1e-7);
    vi.unstubAllEnvs();
    log.mockRestore();
    expect(few).toEqual([]);
    expect(many.length).toBeGreaterThan(0);
    expect(many.every((layer) => /^(vision|language)\./.test(layer))).toBe(true);
    expect(said[0]).toMatch(
      /^On 1 photo, depth in 8 bits differs from float32 by \d\.\d\d % in the mean; with 0 of 12 layers/,
    );
    expect(JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'))).not.toHaveProperty('quantization');
  });

  it('refuses what it cannot do, with a sentence, and writes nothing', async () => {
    const other = await llmMde('quantize', model, photo, '--out', join(folder, 'wasm'));
    expect(other.stderr).toContain(
      'Predictions in 8 bits are for the processor: run this with --device cpu, not wasm.',
    );
    const shipped = await llmMde('quantize', 'tiny', photo);
    expect(shipped.stderr).toContain('The models that come with llm-mde are not changed');
    const tolerance = await llmMde('quantize', model, photo, '--tolerance', '2');
    expect(tolerance.stderr).toContain('Must be a number between 0 and 1');
    const predicted = await llmMde('predict', model, photo, '--precision', 'int8', '--out', join(folder, 'depth'));
    expect(predicted.stderr).toContain('The precision int8 is for models that run as compiled graphs');
    for (const name of ['wasm', 'depth/kitchen.depth.png']) expect(existsSync(join(folder, name))).toBe(false);
  });
});
