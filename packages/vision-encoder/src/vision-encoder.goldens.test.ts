import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGoldens } from '../../../tooling/parity/goldens.mjs';
import { compareWithGoldens, forwardVisionEncoder, passes } from '../../../tooling/parity/tower-goldens.mjs';
import { VisionEncoder } from './vision-encoder.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

// On WebGPU, which may be a software one, the smallest is enough: what the others add is the same kernels.
const onWebgpu = process.env.LLM_MDE_DEVICE === 'webgpu';
const others = ['tiny-vit-classifier', 'tiny-dinov2', 'tiny-dinov2-swiglu', 'tiny-dinov2-options'];
const names = ['tiny-vit', ...(onWebgpu ? [] : [...others, 'tiny-vit-activations', 'tiny-vit-masked-image'])];

describe.each(names)('%s', (name) => {
  it('loads by name and equals transformers in every hidden state and gradient', async () => {
    const encoder = await VisionEncoder.fromPretrained(fixture(name));
    const rows = await compareWithGoldens(readGoldens(fixture(name)), encoder, forwardVisionEncoder);
    expect(rows.filter((row) => !passes(row))).toEqual([]);
    expect(rows.filter(({ kind }) => kind === 'absolute').length).toBeGreaterThan(3);
    if (name === 'tiny-vit') expect(rows.filter(({ kind }) => kind === 'relative').length).toBeGreaterThan(50);
    encoder.dispose();
  });
});
