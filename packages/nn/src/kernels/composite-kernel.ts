import * as tf from '@tensorflow/tfjs-core';

/** A kernel made of other TensorFlow.js operations, with a gradient derived by hand. */
export interface CompositeKernel<Input extends string> {
  /** Name in TensorFlow.js' kernel registry. */
  kernelName: string;
  /** Inputs that the gradient reads. Only these are kept until the backward pass. */
  inputsToSave: readonly Input[];
  /** Which outputs the gradient reads; the saved tensors are those inputs, then those outputs. */
  outputsToSave: readonly boolean[];
  /** Computes the outputs. Only the first is the result; the others exist for the gradient. */
  forward(inputs: Record<Input, tf.Tensor>, attributes: Record<string, number>): tf.Tensor[];
  /**
   * One function per input. TensorFlow.js calls only those whose input leads to something trainable, so that nothing is computed
   * for frozen weights: the reason for registered kernels here, since `tf.customGrad` computes the gradient of every input.
   */
  gradient(
    dy: tf.Tensor,
    saved: tf.Tensor[],
    attributes: Record<string, number>,
  ): Partial<Record<Input, () => tf.Tensor>>;
}

/**
 * Makes a function that runs the kernel, on whichever backend is open. A backend that has a faster kernel of its own under this
 * name (a compiler that traces the program, for one) is left to use it.
 */
export function compositeKernel<Input extends string>(kernel: CompositeKernel<Input>) {
  const { kernelName } = kernel;
  tf.registerGradient({
    kernelName,
    inputsToSave: [...kernel.inputsToSave],
    outputsToSave: [...kernel.outputsToSave],
    gradFunc: (dy, saved, attributes) => {
      const resultGradient = Array.isArray(dy) ? dy[0]! : dy;
      return kernel.gradient(resultGradient, saved, attributes as Record<string, number>) as Record<
        string,
        () => tf.Tensor
      >;
    },
  });
  return (inputs: Partial<Record<Input, tf.Tensor>>, attributes: Record<string, number> = {}): tf.Tensor => {
    const backendName = tf.getBackend();
    if (!tf.getKernel(kernelName, backendName)) {
      tf.registerKernel({
        kernelName,
        backendName,
        kernelFunc: ({ inputs, attrs }) =>
          tf.tidy(() => kernel.forward(inputs as Record<Input, tf.Tensor>, attrs as Record<string, number>)),
      });
    }
    const present = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor !== undefined));
    const outputs = tf.engine().runKernel(kernelName, present as tf.NamedTensorMap, attributes) as
      | tf.Tensor
      | tf.Tensor[];
    return Array.isArray(outputs) ? outputs[0]! : outputs;
  };
}
