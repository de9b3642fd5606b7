import type * as tf from '@tensorflow/tfjs-core';
import { gelu } from './kernels/gelu.js';
import { Module } from './module.js';

/** The exact (erf) Gaussian error linear unit as a module without parameters. */
export class GELU extends Module {
  /** @param x Any shape, float32. */
  forward<T extends tf.Tensor>(x: T): T {
    return gelu(x);
  }
}
