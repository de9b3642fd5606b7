import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { QuantizeModelOptions } from './quantize-model.js';
import { quantizeModel } from './quantize-model.js';
import { contentsOf } from './testing/read-bytes.js';
import { relativeError, runModel } from './testing/run-model.js';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../fixtures/${name}.onnx`, import.meta.url)));
const ids = { data: BigInt64Array.of(0n, 30n, 7n, 7n, 1n, 2n, 3n, 29n, 15n, 16n), dims: [2, 5] };

// Python's quantizers into 4 bits leave Gemm alone; those into 8 bits do not.
const CASES: [name: string, options: QuantizeModelOptions][] = [
  ['int8', { mode: 'int8' }],
  ['int8', { mode: 'q8' }],
  ['uint8', { mode: 'uint8' }],
  ['int8-per-channel', { mode: 'int8', perChannel: true }],
  ['uint8-per-channel-reduced', { mode: 'uint8', perChannel: true, reduceRange: true }],
  ['q4', { mode: 'q4', exclude: ['output'] }],
  ['bnb4', { mode: 'bnb4', exclude: ['output'] }],
];

it.each(CASES)(
  "%s is the graph of Python's onnxruntime.quantization, its weights byte for byte",
  async (name, options) => {
    const [quantized, expected] = [await quantizeModel(await read('model'), options), await read(name)];
    const [ours, theirs] = [await contentsOf(quantized), await contentsOf(expected)];
    expect(ours.operators).toEqual(theirs.operators);
    expect([...ours.weights.keys()].sort()).toEqual([...theirs.weights.keys()].sort());
    for (const [weight, content] of theirs.weights)
      expect({ weight, ...ours.weights.get(weight) }).toEqual({ weight, ...content });
    const [{ logits }, { logits: reference }] = [await runModel(quantized, { ids }), await runModel(expected, { ids })];
    expect(relativeError(logits!, reference!)).toBeLessThan(1e-6);
  },
);
