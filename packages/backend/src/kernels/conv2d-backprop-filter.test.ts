import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.js';

// The composed kernel itself, on the open device, also where the library has its own. Expected values come from the definition.
const PADDINGS: Record<string, [strides: number | [number, number], pad: unknown]> = {
  same: [1, 'same'],
  valid: [1, 'valid'],
  'same, strides': [2, 'same'],
  'valid, strides that differ': [[2, 1], 'valid'],
  'a number': [1, 1],
  explicit: [
    1,
    [
      [0, 0],
      [1, 1],
      [2, 0],
      [0, 0],
    ],
  ],
};

test.each(Object.keys(PADDINGS))('conv2dBackpropFilter equals the definition: padding %s', async (name) => {
  const [strides, pad] = PADDINGS[name]!;
  const shape: [number, number, number, number] = [2, 5, 6, 3];
  const filterShape: [number, number, number, number] = [3, 2, 3, 4];
  const info = tf.backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad as 'same');
  const numTensors = tf.memory().numTensors;
  const [x, dy] = [numbers(shape, 1), numbers(info.outShape, 2)];
  const filterGradient = tf.tidy(
    () =>
      conv2dBackpropFilter({
        inputs: { x, dy },
        attrs: { strides, pad, dataFormat: 'NHWC', filterShape } as never,
        backend: tf.backend(),
      }) as tf.Tensor,
  );
  const expected = definition(await x.data(), await dy.data(), info);
  const actual = await filterGradient.data();
  expect(filterGradient.shape).toEqual(filterShape);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 4);
  });
  tf.dispose([filterGradient, x, dy]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('conv2dBackpropFilter refuses channels first', () => {
  const call = () =>
    conv2dBackpropFilter({
      inputs: { x: tf.zeros([1, 3, 5, 5]), dy: tf.zeros([1, 4, 3, 3]) },
      attrs: { strides: 1, pad: 'valid', dataFormat: 'NCHW', filterShape: [3, 3, 3, 4] } as never,
      backend: tf.backend(),
    });
  expect(() => tf.tidy(() => [call()].flat() as tf.Tensor[])).toThrow('computes the layout NHWC only, not NCHW');
});

/** Σ over images and output positions of the input under each tap times dy, as plain loops. */
function definition(x: ArrayLike<number>, dy: ArrayLike<number>, info: tf.backend_util.Conv2DInfo): Float32Array {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } =
    info;
  const gradient = new Float32Array(filterHeight * filterWidth * inChannels * outChannels);
  for (let index = 0; index < gradient.length; index++) {
    const output = index % outChannels;
    const input = Math.floor(index / outChannels) % inChannels;
    const j = Math.floor(index / (outChannels * inChannels)) % filterWidth;
    const i = Math.floor(index / (outChannels * inChannels * filterWidth));
    for (let position = 0; position < batchSize * outHeight * outWidth; position++) {
      const batch = Math.floor(position / (outHeight * outWidth));
      const row = (Math.floor(position / outWidth) % outHeight) * info.strideHeight + i - info.padInfo.top;
      const column = (position % outWidth) * info.strideWidth + j - info.padInfo.left;
      if (row < 0 || row >= inHeight || column < 0 || column >= inWidth) continue;
      const seen = x[((batch * inHeight + row) * inWidth + column) * inChannels + input]!;
      gradient[index]! += seen * dy[position * outChannels + output]!;
    }
  }
  return gradient;
}
