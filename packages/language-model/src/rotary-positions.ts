import * as tf from '@tensorflow/tfjs-core';

/** How positions turn queries and keys. */
export interface RotaryConfiguration {
  /** The slowest turn takes 2π · theta positions, about. */
  theta: number;
  scaling: RotaryScaling | undefined;
}

/** How a model that was trained on short sequences reads longer ones: all turns slower, or, as Llama 3.1 does, only the slow ones. */
export type RotaryScaling =
  | { type: 'linear'; factor: number }
  | { type: 'llama3'; factor: number; lowFrequencyFactor: number; highFrequencyFactor: number; originalLength: number };

/** Reads `rope_parameters` (transformers 5), or `rope_theta` and `rope_scaling` (before). @throws if the scaling is of another kind. */
export function readRotaryConfiguration(json: Record<string, unknown>, source: string): RotaryConfiguration {
  const parameters = { ...(json.rope_scaling as object), ...(json.rope_parameters as object) } as Record<
    string,
    unknown
  >;
  const theta = Number(parameters.rope_theta ?? json.rope_theta ?? 10_000);
  const number = (key: string) => {
    const value = parameters[key];
    if (typeof value === 'number' && value > 0) return value;
    throw new Error(
      `${source}: "${key}" of the rotary positions must be a positive number, got ${JSON.stringify(value)}.`,
    );
  };
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  if (type === 'default') return { theta, scaling: undefined };
  if (type === 'linear') return { theta, scaling: { type, factor: number('factor') } };
  if (type === 'llama3') {
    return {
      theta,
      scaling: {
        type,
        factor: number('factor'),
        lowFrequencyFactor: number('low_freq_factor'),
        highFrequencyFactor: number('high_freq_factor'),
        originalLength: number('original_max_position_embeddings'),
      },
    };
  }
  throw new Error(
    `${source}: rotary positions of the type ${JSON.stringify(type)} are not supported, only default, linear and llama3.`,
  );
}

/** Cosines and sines, [S,d/2] each, of the angles by which the positions 0 to S − 1 turn the d/2 pairs of a head's values. */
export function rotaryTables(length: number, headDim: number, configuration: RotaryConfiguration) {
  const half = headDim / 2;
  // Rounded as the reference rounds, whose angles are float32: far into a sequence it shows.
  const frequencies = Float32Array.from({ length: half }, (_, pair) =>
    scaled(Math.fround(1 / Math.fround(configuration.theta ** (pair / half))), configuration.scaling),
  );
  const angles = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let pair = 0; pair < half; pair++) angles[position * half + pair] = position * frequencies[pair]!;
  }
  return {
    cos: tf.tensor2d(angles.map(Math.cos), [length, half]),
    sin: tf.tensor2d(angles.map(Math.sin), [length, half]),
  };
}

function scaled(frequency: number, scaling: RotaryScaling | undefined): number {
  if (!scaling) return frequency;
  if (scaling.type === 'linear') return frequency / scaling.factor;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength } = scaling;
  const turns = (originalLength * frequency) / (2 * Math.PI);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const share = (turns - low) / (high - low);
  return ((1 - share) * frequency) / factor + share * frequency;
}

/**
 * Rotary position embedding (Su et al. 2021, arXiv 2104.09864): the pair of values i and i + d/2 is turned by the position's angle.
 *
 * @param x [B,H,S,d]
 * @param tables Of S positions.
 */
export function rotate(x: tf.Tensor4D, { cos, sin }: { cos: tf.Tensor2D; sin: tf.Tensor2D }): tf.Tensor4D {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
  return tf.concat(
    [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))],
    -1,
  ) as tf.Tensor4D;
}
