import * as tf from '@tensorflow/tfjs-core';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

/** Kernels that training needs and that some backend of TensorFlow.js 4.22 lacks (wasm lacks all of them). */
const COMPOSED_KERNELS: readonly [name: string, kernelFunc: tf.KernelFunc][] = [
  [tf.Conv2DBackpropFilter, conv2dBackpropFilter],
  [tf.UnsortedSegmentSum, unsortedSegmentSum],
];

/** Registers for a backend those training kernels that it lacks; may be called again. */
export function registerMissingKernels(backendName: string): void {
  for (const [kernelName, kernelFunc] of COMPOSED_KERNELS) {
    if (!tf.getKernel(kernelName, backendName)) tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}
