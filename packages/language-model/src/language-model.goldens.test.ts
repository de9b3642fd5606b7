import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGoldens } from '../../../tooling/parity/goldens.mjs';
import { compareWithGoldens, forwardLanguageModel, passes } from '../../../tooling/parity/tower-goldens.mjs';
import { LanguageModel } from './index.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

// On WebGPU, which may be a software one, the smallest is enough: what the others add is the same kernels.
const onWebgpu = process.env.LLM_MDE_DEVICE === 'webgpu';
const berts = ['tiny-bert', ...(onWebgpu ? [] : ['tiny-bert-masked-lm', 'tiny-bert-pretraining', 'tiny-bert-options'])];
const decoders = ['tiny-llama', ...(onWebgpu ? [] : ['tiny-llama-options', 'tiny-qwen2', 'tiny-gpt2'])];

describe.each([...berts, ...decoders])('%s', (name) => {
  it('loads by name and equals transformers in every hidden state and gradient', async () => {
    const model = await LanguageModel.fromPretrained(fixture(name));
    const rows = await compareWithGoldens(readGoldens(fixture(name)), model, forwardLanguageModel);
    expect(rows.filter((row) => !passes(row))).toEqual([]);
    expect(rows.filter(({ kind }) => kind === 'absolute').length).toBeGreaterThan(3);
    if (name === 'tiny-llama' || name === 'tiny-gpt2')
      expect(rows.filter(({ kind }) => kind === 'relative').length).toBeGreaterThan(30);
    if (name === 'tiny-bert') expect(rows.filter(({ kind }) => kind === 'relative').length).toBeGreaterThan(80);
    model.dispose();
  });
});
