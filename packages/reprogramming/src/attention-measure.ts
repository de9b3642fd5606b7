import { uniformGenerator } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

/** How much there is to see in the attention of an image's patches, averaged over the heads. In nats. */
export interface AttentionMeasure {
  /** For each patch, how far its attention aₙ is from even attention: KL(aₙ ‖ 1/V') = log V' − entropy, from 0 to log V'. */
  fromEven: number[];
  /** For each patch, how far its attention is from the mean of all: KL(aₙ ‖ ā), ā = mean of aₙ over the patches. 0 where all patches attend alike. */
  fromMean: number[];
  /** The mean of `fromMean` under each shuffle; see `Reprogramming.measureAttention`. */
  shuffled: number[];
  /** The largest weight of each patch, times V': 1 where it attends evenly. */
  largestTimesEven: number[];
  /** ā, the mean attention to each prototype, [V']. */
  mean: Float32Array;
}

export type AttentionVerdict = 'informative' | 'even' | 'same' | 'chance';

/** Nats. Attention over 95 % of the prototypes, even among them, is so far from even: −log 0.95. */
const LEAST_DIVERGENCE = 0.05;

/**
 * Whether the attention of an image's patches says something about them:
 *
 * - `even`: on average it is less than 0.05 nats from even attention to all prototypes;
 * - `same`: it is uneven, but on average less than 0.05 nats from the mean of all patches;
 * - `chance`: patches differ, but no more than under the shuffle under which they differ most;
 * - `informative`: they differ more.
 */
export function attentionVerdict({ fromEven, fromMean, shuffled }: AttentionMeasure): AttentionVerdict {
  if (meanOf(fromEven) < LEAST_DIVERGENCE) return 'even';
  if (meanOf(fromMean) < LEAST_DIVERGENCE) return 'same';
  return meanOf(fromMean) > Math.max(...shuffled) ? 'informative' : 'chance';
}

/** With so many shuffles, a random projection is taken for more than chance once in 20 times. */
const SHUFFLES = 19;

/**
 * See `Reprogramming.measureAttention`.
 *
 * @param queries [N,heads·d], of one image.
 * @param attend From queries to their attention, averaged over the heads, [N,V'].
 */
export async function measureAttention(
  queries: tf.Tensor2D,
  headCount: number,
  attend: (queries: tf.Tensor2D) => tf.Tensor2D,
): Promise<AttentionMeasure> {
  const [fromEven, fromMean, largestTimesEven, mean] = await read(() => {
    const weights = attend(queries);
    const mean = tf.mean(weights, 0, true);
    const even = tf.fill([1, 1], 1 / mean.shape[1]!);
    return [divergence(weights, even), divergence(weights, mean), tf.div(tf.max(weights, 1), tf.squeeze(even)), mean];
  });
  const random = uniformGenerator(0);
  const shuffled: number[] = [];
  for (let round = 0; round < SHUFFLES; round++) {
    const order = shuffledFeatures(queries.shape[1], headCount, random);
    const [differences] = await read(() => {
      const weights = attend(tf.gather(queries, tf.tensor1d(order, 'int32'), 1));
      return [divergence(weights, tf.mean(weights, 0, true))];
    });
    shuffled.push(meanOf(differences!));
  }
  const lists = { fromEven: [...fromEven!], fromMean: [...fromMean!], largestTimesEven: [...largestTimesEven!] };
  return { ...lists, shuffled, mean: mean! };
}

/** Kullback-Leibler divergence of each row from another distribution, [N], in nats. */
function divergence(rows: tf.Tensor, from: tf.Tensor): tf.Tensor {
  // A weight of 0 adds nothing, whatever the logarithm that stands in.
  const ratios = tf.div(rows, tf.maximum(from, 1e-30));
  return tf.sum(tf.mul(rows, tf.log(tf.maximum(ratios, 1e-30))), 1);
}

/** The places of the features, in a random order within each head. */
function shuffledFeatures(features: number, headCount: number, random: () => number): number[] {
  const perHead = features / headCount;
  const order = Array.from({ length: features }, (_, index) => index);
  for (let at = 0; at < features; at++) {
    const last = at - (at % perHead) + perHead - 1;
    const other = at + Math.floor(random() * (last - at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

async function read(compute: () => tf.Tensor[]): Promise<Float32Array[]> {
  const tensors = tf.tidy(compute);
  try {
    return await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
  } finally {
    tf.dispose(tensors);
  }
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
