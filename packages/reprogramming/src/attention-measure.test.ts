import { manualSeed } from '@llm-mde/nn';
import { alignAttention } from '@llm-mde/tooling-vitest/testing/align-attention';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, expect, it } from 'vitest';
import { attentionVerdict } from './attention-measure.js';
import { Reprogramming } from './reprogramming.js';

const OPTIONS = { visionFeatures: 8, languageFeatures: 32, vocabularySize: 20, prototypeCount: 12, headCount: 4 };
const patches = tf.randomNormal<tf.Rank.R3>([1, 16, 8], 0, 1, 'float32', 2);
const words = tf.randomNormal<tf.Rank.R2>([20, 32], 0, 1, 'float32', 1);

beforeEach(() => manualSeed(1));

function aligned(strength: number): Reprogramming {
  const reprogramming = new Reprogramming(OPTIONS).eval();
  alignAttention(reprogramming, strength);
  return reprogramming;
}

/** Random, with attention as sharp as one likes. */
async function random(strength: number): Promise<Reprogramming> {
  const reprogramming = new Reprogramming(OPTIONS).eval();
  const { weight } = reprogramming.query;
  weight.load((await weight.read()).map((value) => strength * value));
  return reprogramming;
}

async function measure(reprogramming: Reprogramming, images = patches) {
  return (await reprogramming.measureAttention(images, { prototypes: reprogramming.prototypes(words) }))[0]!;
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

it('finds attention that was built to depend on the patch, beyond all shuffles', async () => {
  const found = await measure(aligned(6));
  expect(attentionVerdict(found)).toBe('informative');
  expect(mean(found.fromMean)).toBeGreaterThan(3 * mean(found.shuffled));
  expect(mean(found.largestTimesEven)).toBeGreaterThan(2);
});

it('calls the attention of an untrained module nearly even', async () => {
  const found = await measure(await random(1));
  expect(attentionVerdict(found)).toBe('even');
  expect(mean(found.largestTimesEven)).toBeLessThan(1.6);
});

it('takes sharp attention that nothing trained for more than chance about once in 20 times', async () => {
  const verdicts: string[] = [];
  for (let seed = 0; seed < 40; seed++) {
    manualSeed(seed);
    verdicts.push(attentionVerdict(await measure(await random(40))));
  }
  expect(verdicts.filter((verdict) => verdict === 'chance').length).toBeGreaterThanOrEqual(34);
  expect(new Set(verdicts).has('even')).toBe(false);
});

it('tells attention that is uneven, but the same for every patch', async () => {
  const reprogramming = aligned(6);
  reprogramming.query.weight.load(new Float32Array(reprogramming.query.weight.size));
  const found = await measure(reprogramming);
  expect(attentionVerdict(found)).toBe('same');
  expect(mean(found.fromEven)).toBeGreaterThan(0.05);
  expect(mean(found.fromMean)).toBeCloseTo(0, 5);
});

it('is what the attention weights give, in the same way each time', async () => {
  const reprogramming = aligned(6);
  const prototypes = reprogramming.prototypes(words);
  const two = tf.concat([tf.mul(patches, 0.5), patches]) as tf.Tensor3D;
  // Parameters are made on first use.
  await measure(reprogramming);
  const before = tf.memory().numTensors;
  const [, found] = await reprogramming.measureAttention(two, { prototypes });
  expect(tf.memory().numTensors).toBe(before);
  expect(found).toEqual(await measure(reprogramming));
  const weights = tf.mean(reprogramming.attentionWeights(patches, prototypes), 1).arraySync() as number[][][];
  const rows = weights[0]!;
  const average = rows[0]!.map((_, prototype) => mean(rows.map((row) => row[prototype]!)));
  const divergence = (from: readonly number[]) => (row: readonly number[]) =>
    row.reduce((sum, weight, at) => sum + weight * Math.log(weight / from[at]!), 0);
  for (const [at, row] of rows.entries()) {
    expect(found!.fromEven[at]).toBeCloseTo(divergence(row.map(() => 1 / 12))(row), 5);
    expect(found!.fromMean[at]).toBeCloseTo(divergence(average)(row), 5);
    expect(found!.largestTimesEven[at]).toBeCloseTo(12 * Math.max(...row), 4);
  }
  expect([...found!.mean]).toEqual(average.map((weight) => expect.closeTo(weight, 5)));
  // What is uneven is either common to the patches or not.
  const common = divergence(average.map(() => 1 / 12))(average);
  expect(mean(found!.fromEven)).toBeCloseTo(common + mean(found!.fromMean), 5);
});

it('stays finite where a patch attends to one prototype only', async () => {
  const found = await measure(aligned(1e4));
  expect([...found.fromEven, ...found.fromMean, ...found.shuffled].every(Number.isFinite)).toBe(true);
  expect(Math.max(...found.fromEven)).toBeLessThanOrEqual(Math.log(12) + 1e-5);
});
