import * as tf from '@tensorflow/tfjs-core';
import type { Operations, Traced } from '../graph/operations.js';
import { BACKEND_NAME, tracingBackend } from './tracing-backend.js';

/** The tensors that a kernel is given, by TensorFlow.js' names; kernels of a list, such as Concat, name them 0, 1, 2. */
export type KernelInputs = Record<string, Traced>;

/** Translates a TensorFlow.js kernel: records what it would compute. */
export type Translation<Attributes> = (
  inputs: KernelInputs,
  attributes: Attributes,
  operations: Operations,
) => Traced | Traced[];

/** Registers the translation of a kernel, under the name that TensorFlow.js knows it by. */
export function defineKernel<Attributes = object>(kernelName: string, translate: Translation<Attributes>): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND_NAME,
    kernelFunc: ({ inputs, attrs }) => {
      const traced: KernelInputs = {};
      for (const [name, tensor] of Object.entries(inputs)) if (tensor) traced[name] = tracingBackend.traced(tensor);
      const outputs = translate(traced, (attrs ?? {}) as Attributes, tracingBackend.operations);
      return Array.isArray(outputs)
        ? outputs.map((output) => tracingBackend.output(output))
        : tracingBackend.output(outputs);
    },
  });
}

/** Axes as TensorFlow.js gives them, an axis, a list, or nothing for all, as a list from 0. */
export function axesOf(axis: number | readonly number[] | undefined | null, shape: readonly number[]): number[] {
  return tf.util.parseAxisParam((axis ?? [...shape.keys()]) as number | number[], [...shape]);
}
