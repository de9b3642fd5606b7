import * as tf from '@tensorflow/tfjs-core';
import { elementCount } from './initializers.js';
import { Module } from './module.js';
import { nextSeed } from './random.js';

/**
 * Zeroes each element with probability `probability` in training mode and divides the others by 1 − probability; the identity in
 * evaluation mode. The mask depends on the seed, on the order of the calls within the forward pass, and on the element's position,
 * and is the same on every device (see `withDropoutSeed`).
 */
export class Dropout extends Module {
  constructor(readonly probability: number) {
    super();
    if (!(probability >= 0 && probability < 1)) {
      throw new Error(`Dropout probability must be in [0, 1), got ${probability}.`);
    }
  }

  /** @param x Any shape, float32. */
  forward<T extends tf.Tensor>(x: T): T {
    if (!this.training || this.probability === 0) return x;
    return tf.tidy(() => tf.mul(x, this.mask(x.shape)!) as T);
  }

  /** The factors for a tensor of this shape, 0 or 1/(1 − probability); undefined where dropout does nothing. */
  mask(shape: number[]): tf.Tensor | undefined {
    if (!this.training || this.probability === 0) return undefined;
    const { seed } = scope;
    return seed
      ? dropoutMask(shape, this.probability, seed, scope.calls++)
      : tf.tidy(() => dropoutMask(shape, this.probability, seedTensor(nextSeed()), 0));
  }
}

/**
 * Runs a forward pass whose dropout masks follow from the seed: the same seed gives the same masks on every device, in eager and
 * compiled programs, and after a resume. Without it every call to a Dropout draws a new seed (see `manualSeed`).
 *
 * @param seed An integer from 0 to 2²⁴ − 1, or a scalar tensor of one (a compiled step takes it as an input).
 */
export function withDropoutSeed<T>(seed: number | tf.Scalar, forward: () => T): T {
  const outer = { ...scope };
  const tensor = typeof seed === 'number' ? seedTensor(seed) : seed;
  scope.seed = tensor;
  scope.calls = 0;
  try {
    return forward();
  } finally {
    Object.assign(scope, outer);
    if (tensor !== seed) tensor.dispose();
  }
}

/**
 * Remembers where the forward pass is, so that a part of it can be computed again with the same masks, as gradient checkpointing does.
 *
 * @returns a function that runs a part of the forward pass as if it came next: every time with the same masks.
 */
export function repeatableDropout(): <T>(forward: () => T) => T {
  const calls = scope.calls;
  const drawn = scope.seed ? undefined : nextSeed();
  return (forward) => {
    if (drawn !== undefined) return withDropoutSeed(drawn, forward);
    const outer = scope.calls;
    scope.calls = calls;
    try {
      return forward();
    } finally {
      scope.calls = Math.max(outer, scope.calls);
    }
  };
}

const scope: { seed: tf.Scalar | undefined; calls: number } = { seed: undefined, calls: 0 };

function seedTensor(seed: number): tf.Scalar {
  return tf.scalar(seed % 2 ** 24, 'float32');
}

/*
 * A counter-based generator in float32 arithmetic alone, because integer operations do not behave alike on every backend. All numbers
 * are whole and below 2²⁴, and are divided by powers of two only, so that every device computes them exactly.
 *
 * A Feistel network (a bijection of 24 bits) scrambles the number of each row and of each column under the seed and the number of the
 * call. An element then costs little: with a, b from its row and c, d from its column, the low 12 bits of (a + c)·(b + d), both factors
 * odd, are compared with the probability. (A sum of a row's and a column's number alone would drop rectangles.)
 */
const WORD = 4096;
const ROUNDS = 6;

function dropoutMask(shape: number[], probability: number, seed: tf.Scalar, call: number): tf.Tensor {
  return tf.tidy(() => {
    const columnCount = shape.at(-1) ?? 1;
    const rowCount = elementCount(shape.slice(0, -1));
    const seedHigh = quotient(seed);
    const keys = [seedHigh, remainder(seed, seedHigh)];
    const [a, b] = scramble(tf.range(0, rowCount), keys, 2 * call).map((word) => evenNumber(word, [rowCount, 1]));
    const [c, d] = scramble(tf.range(0, columnCount), keys, 2 * call + 1).map((word) =>
      evenNumber(word, [1, columnCount]),
    );
    const product = tf.mul(tf.mul(tf.add(a!, tf.add(c!, 1)), 1 / WORD), tf.add(b!, tf.add(d!, 1)));
    const random = tf.sub(product, tf.floor(product)); // A multiple of 1/4096 in [0, 1), each as likely.
    const dropped = Math.round(probability * WORD);
    const keep = tf.step(tf.sub(random, (dropped - 0.5) / WORD));
    return tf.reshape(tf.mul(keep, WORD / (WORD - dropped)), shape);
  });
}

/** Scrambles whole numbers below 2²⁴; returns the two 12-bit words of each. */
function scramble(numbers: tf.Tensor, keys: tf.Tensor[], stream: number): [tf.Tensor, tf.Tensor] {
  let high = quotient(numbers);
  let low = remainder(numbers, high);
  for (let round = 0; round < ROUNDS; round++) {
    // Any odd multipliers will do; what matters is that no two streams or rounds use the same key.
    const constant = ((stream + 1) * (2 * round + 1109) + round * 2741) % WORD;
    const word = modulo(tf.add(tf.add(low, keys[round % keys.length]!), constant));
    const square = tf.mul(word, tf.add(modulo(tf.add(word, word)), 1));
    const squareHigh = quotient(square);
    const mixed = modulo(tf.add(high, tf.add(squareHigh, remainder(square, squareHigh))));
    [high, low] = [low, mixed];
  }
  return [high, low];
}

/** An even number below 2048 from a 12-bit word. */
function evenNumber(word: tf.Tensor, shape: number[]): tf.Tensor {
  return tf.reshape(tf.mul(tf.floor(tf.mul(word, 1 / 4)), 2), shape);
}

function quotient(numbers: tf.Tensor): tf.Tensor {
  return tf.floor(tf.mul(numbers, 1 / WORD));
}

function remainder(numbers: tf.Tensor, quotients: tf.Tensor): tf.Tensor {
  return tf.sub(numbers, tf.mul(quotients, WORD));
}

function modulo(numbers: tf.Tensor): tf.Tensor {
  return remainder(numbers, quotient(numbers));
}
