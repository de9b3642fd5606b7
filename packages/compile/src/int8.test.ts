import '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { collectWeights } from './execution/collect-weights.js';
import type { WeightsFile } from './execution/platform.js';
import { readWeight, type TypedArray } from './graph/value.js';
import { compile } from './index.js';
import { lower } from './lowering/lower.js';
import { quantizeWeights } from './lowering/quantize-weights.js';
import { flatten } from './structure.js';
import { traceFunction } from './tracing/trace-function.js';

/** Uneven columns, one of zeros. */
function weights(rows: number, columns: number): tf.Tensor2D {
  return tf.tidy(() => {
    const sizes = tf.tensor1d(Array.from({ length: columns }, (_, column) => column * 0.02));
    return tf.mul(tf.randomNormal([rows, columns], 0, 1, 'float32', 1), sizes) as tf.Tensor2D;
  });
}

const weight = weights(96, 80);
const bias = tf.randomNormal<tf.Rank.R1>([80], 0, 1, 'float32', 2);
const x = tf.randomNormal<tf.Rank.R3>([2, 20, 96], 0, 1, 'float32', 3);
afterAll(() => tf.dispose([weight, bias, x]));

/** Relative to the largest value. */
function error(values: tf.Tensor, exact: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(values, exact))), tf.max(tf.abs(exact))).dataSync()[0]!);
}

const layer = (input: tf.Tensor3D) =>
  tf.tidy(() => tf.add(tf.reshape(tf.matMul(tf.reshape(input, [-1, 96]), weight), [2, 20, 80]), bias));

describe('the precision int8', () => {
  it('computes layers with constant weights to about a percent, and keeps a column of zeros', async () => {
    const compiled = compile(layer, { precision: 'int8' });
    const [exact, quantized] = [layer(x), await compiled(x)];
    expect(error(quantized, exact)).toBeLessThan(0.02);
    // It is computed in 8 bits indeed.
    expect(error(quantized, exact)).toBeGreaterThan(1e-5);
    const first = (tensor: tf.Tensor) => tf.tidy(() => tf.slice(tensor, [0, 0, 0], [2, 20, 1]).dataSync());
    expect(first(quantized)).toEqual(first(exact));
    await compiled.dispose();
    tf.dispose([exact, quantized]);
  });

  it('computes gradients through frozen layers by the transposed weights, and those of trained ones exactly', async () => {
    const trained = tf.variable(tf.randomNormal([96, 96], 0, 0.1, 'float32', 4));
    const gradients = (input: tf.Tensor3D) =>
      tf.tidy(() => {
        const input2d = tf.reshape(input, [-1, 96]);
        const loss = () => tf.mean(tf.square(tf.add(tf.matMul(tf.matMul(input2d, trained), weight), bias)));
        return tf.variableGrads(loss as () => tf.Scalar, [trained]).grads[trained.name]!;
      });
    const compiled = compile(gradients, { precision: 'int8' });
    const [exact, quantized] = [gradients(x), await compiled(x)];
    expect(error(quantized, exact)).toBeLessThan(0.03);
    expect(error(quantized, exact)).toBeGreaterThan(1e-5);
    await compiled.dispose();
    const onlyTrained = compile((input: tf.Tensor3D) => tf.matMul(tf.reshape(input, [-1, 96]), trained), {
      precision: 'int8',
    });
    const result = await onlyTrained(x);
    expect(
      error(
        result,
        tf.tidy(() => tf.matMul(tf.reshape(x, [-1, 96]), trained)),
      ),
    ).toBeLessThan(1e-5);
    await onlyTrained.dispose();
    tf.dispose([exact, quantized, result, trained]);
  });

  it('leaves in float32 what it is told to', async () => {
    const compiled = compile(layer, { precision: 'int8', isQuantized: (dataId) => dataId !== weight.dataId });
    const [exact, result] = [layer(x), await compiled(x)];
    expect(error(result, exact)).toBeLessThan(1e-5);
    await compiled.dispose();
    tf.dispose([exact, result]);
  });

  it('does not hold the 8-bit values once they are in the file of weights', async () => {
    const own = weights(96, 80);
    const { graph } = traceFunction(
      (input: tf.Tensor2D) => tf.matMul(input, own),
      flatten([tf.ones([20, 96])], 'input'),
    );
    const [node, { values }] = [...(await quantizeWeights(graph))][0]!;
    const lowered = lower(graph, 'cpu', 'inputs', new Map([[node, { values, scales: values }]]));
    expect(lowered.weights).toContain(values);
    let stored: Uint8Array | undefined;
    const file = {
      find: () => undefined,
      write: (_identity: object, data: TypedArray) => {
        if (data instanceof Int8Array) stored = new Uint8Array(data.buffer);
        return { location: 'weights', offset: 0, length: data.byteLength };
      },
      read: () => new Uint8Array(96 * 80).fill(7),
    };
    await collectWeights(lowered, file as unknown as WeightsFile);
    expect(stored).toHaveLength(96 * 80);
    expect(await readWeight(values)).toEqual(new Int8Array(96 * 80).fill(7));
    expect([...(await quantizeWeights(graph)).values()][0]!.values).toBe(values);
    own.dispose();
  });

  it('is for the processor alone', () => {
    expect(() => compile(layer, { precision: 'int8', device: 'webgpu' })).toThrow(
      'The precision int8 is for the device cpu, and not for webgpu.',
    );
    expect(() => compile(layer, { precision: 'int4' as 'int8' })).toThrow(
      'Unknown precision "int4". Expected float32 or int8.',
    );
  });
});
