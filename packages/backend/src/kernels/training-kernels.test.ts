import { expectSameValues, gradientsOf, numbers, run, valuesOn } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { KERNEL_CASES } from '@llm-mde/tooling-vitest/testing/kernel-cases';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
// Registers the gradients.
import '@llm-mde/nn';
import { expect, test } from 'vitest';

// The kernels that models here use, forward and backward, each on the open device (tooling/vitest/setup-device.mjs) against the plain
// JavaScript backend.
const device = tf.getBackend();
const cases = Object.keys(KERNEL_CASES).filter((name) => KERNEL_CASES[name]!.everyDevice !== false);

test.each(cases)('%s', async (name) => {
  const {
    program,
    inputs,
    everyDevice,
    gradient = everyDevice === 'forward' ? false : undefined,
  } = KERNEL_CASES[name]!;
  const numTensors = tf.memory().numTensors;
  const isDifferentiated = gradient ?? tf.tidy(() => inputs().every(({ dtype }) => dtype === 'float32'));
  for (const compute of isDifferentiated ? [program, gradientsOf(program)] : [program]) {
    expectSameValues(await valuesOn(device, compute, inputs), await valuesOn('cpu', compute, inputs), 1e-4);
  }
  expect(tf.memory().numTensors).toBe(numTensors);
});

const image = () => numbers([2, 5, 6, 3]) as tf.Tensor4D;

// The JavaScript backend's own gradients of resizing are wrong for images that are not square, so these are compared with the transpose of
// the forward map, which is linear.
const RESIZES: Record<
  string,
  [kernel: string, size: [number, number], resize: (images: tf.Tensor4D) => tf.Tensor4D, attributes: object]
> = {
  ResizeBilinearGrad: [
    tf.ResizeBilinearGrad,
    [10, 12],
    (images) => tf.image.resizeBilinear(images, [10, 12]),
    { alignCorners: false, halfPixelCenters: false },
  ],
  'ResizeBilinearGrad, smaller': [
    tf.ResizeBilinearGrad,
    [3, 4],
    (images) => tf.image.resizeBilinear(images, [3, 4]),
    { alignCorners: false, halfPixelCenters: false },
  ],
  'ResizeBilinearGrad, corners aligned': [
    tf.ResizeBilinearGrad,
    [9, 11],
    (images) => tf.image.resizeBilinear(images, [9, 11], true),
    { alignCorners: true, halfPixelCenters: false },
  ],
  ResizeNearestNeighborGrad: [
    tf.ResizeNearestNeighborGrad,
    [10, 12],
    (images) => tf.image.resizeNearestNeighbor(images, [10, 12]),
    { alignCorners: false, halfPixelCenters: false },
  ],
};

test.each(Object.keys(RESIZES))('%s', async (name) => {
  const [kernel, [height, width], resize, attributes] = RESIZES[name]!;
  const numTensors = tf.memory().numTensors;
  const actual = await valuesOn(
    device,
    (images, dy) => run(kernel, { images: images!, dy: dy! }, attributes),
    () => [image(), numbers([2, height, width, 3])],
  );
  const transposed = () => {
    // One image per input pixel, in which that pixel alone is 1: the rows of the map, [H·W, height·width].
    const map = tf.reshape(resize(tf.reshape(tf.eye(5 * 6), [5 * 6, 5, 6, 1])), [5 * 6, height * width]);
    return tf.reshape(tf.matMul(map, tf.reshape(numbers([2, height, width, 3]), [2, height * width, 3])), [2, 5, 6, 3]);
  };
  expectSameValues(actual, await valuesOn('cpu', transposed, () => []), 1e-4);
  expect(tf.memory().numTensors).toBe(numTensors);
});
