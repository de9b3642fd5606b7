import { uniformGenerator } from './random.js';

/** Makes the initial values of a parameter of the given state-dict shape from a seed; row-major. */
export type Initializer = (shape: readonly number[], seed: number) => Float32Array;

/** Every value the same. */
export function constant(value: number): Initializer {
  return (shape) => new Float32Array(elementCount(shape)).fill(value);
}

/** Uniform in [−bound, bound). */
export function uniform(bound: number): Initializer {
  return (shape, seed) => {
    const random = uniformGenerator(seed);
    return Float32Array.from({ length: elementCount(shape) }, () => (2 * random() - 1) * bound);
  };
}

/** Normal with mean 0 and the given standard deviation (Box–Muller). */
export function normal(standardDeviation = 1): Initializer {
  return (shape, seed) => {
    const random = uniformGenerator(seed);
    return Float32Array.from({ length: elementCount(shape) }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      return radius * Math.cos(2 * Math.PI * random()) * standardDeviation;
    });
  };
}

/**
 * PyTorch's default for Linear and Conv2d weights: uniform with bound √(6 / ((1 + a²) · fanIn)), where fanIn is the size of all
 * dimensions but the first (He et al. 2015). With its default a = √5 the bound is 1/√fanIn.
 */
export function kaimingUniform(negativeSlope = Math.sqrt(5)): Initializer {
  return (shape, seed) => {
    const fanIn = elementCount(shape.slice(1));
    return uniform(Math.sqrt(6 / ((1 + negativeSlope ** 2) * fanIn)))(shape, seed);
  };
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
