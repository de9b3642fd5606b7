import * as tf from '@tensorflow/tfjs-core';

/**
 * Gives tf.einsum a gradient, which TensorFlow.js lacks, so that attention of Keras can be trained through. Does nothing where there is one.
 */
export function registerEinsumGradient(): void {
  if (tf.getGradient(tf.Einsum)) return;
  tf.registerGradient({
    kernelName: tf.Einsum,
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const { equation } = attributes as unknown as tf.EinsumAttrs;
      const [sources, result] = equation.replaceAll(' ', '').split('->') as [string, string];
      const operands = sources.split(',');
      return Object.fromEntries(
        operands.map((letters, position) => {
          const others = operands.filter((_, index) => index !== position);
          const known = new Set([...result, ...others.join('')]);
          return [
            position,
            () => {
              if (new Set(letters).size < letters.length || [...letters].some((letter) => !known.has(letter))) {
                throw new Error(
                  `There is no gradient of the Einsum "${equation}": an axis is summed over that only one of its inputs has, or is there twice.`,
                );
              }
              const rest = saved.filter((_, index) => index !== position);
              return tf.einsum(`${[result, ...others].join(',')}->${letters}`, dy as tf.Tensor, ...rest);
            },
          ];
        }),
      );
    },
  });
}
