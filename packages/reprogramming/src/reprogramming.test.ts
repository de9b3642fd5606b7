import { manualSeed, withDropoutSeed } from '@llm-mde/nn';
import { describeGoldenCases } from '@llm-mde/tooling-vitest/testing/golden-cases';
import { expectNoTensorsLeft, largestDifference, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { chanceSimilarity } from './nearest-words.js';
import { Reprogramming } from './reprogramming.js';
import type { TextPrototypes } from './text-prototypes.js';

describeGoldenCases(
  new URL('../fixtures/reprogramming.json', import.meta.url),
  (options) => new Reprogramming(options),
  (reprogramming, { patches, words }) =>
    reprogramming.forward(patches as tf.Tensor3D, reprogramming.prototypes(words as tf.Tensor2D)),
);

const OPTIONS = { visionFeatures: 6, languageFeatures: 8, vocabularySize: 20, prototypeCount: 5, headCount: 2 };

let reprogramming: Reprogramming;
let words: tf.Tensor2D;
let patches: tf.Tensor3D;
beforeEach(() => {
  manualSeed(1);
  reprogramming = new Reprogramming(OPTIONS).eval();
  words = tf.randomNormal([20, 8], 0, 1, 'float32', 1);
  patches = tf.randomNormal([3, 4, 6], 0, 1, 'float32', 2);
});

describe('Reprogramming', () => {
  it('names its state', async () => {
    const state = await reprogramming.stateDict();
    expect([...state].map(([name, { shape }]) => `${name} [${shape}]`)).toEqual([
      'mapping_layer.weight [5,20]',
      'mapping_layer.bias [5]',
      'query_projection.weight [8,6]',
      'query_projection.bias [8]',
      'key_projection.weight [8,8]',
      'key_projection.bias [8]',
      'value_projection.weight [8,8]',
      'value_projection.bias [8]',
      'out_projection.weight [8,8]',
      'out_projection.bias [8]',
    ]);
  });

  it('has 32.9 million parameters at base size, 30.5 million of them the prototypes', () => {
    const base = new Reprogramming({ visionFeatures: 768, languageFeatures: 768, vocabularySize: 30_522 });
    expect(base.mapping.parameterCount()).toBe(1000 * 30_522 + 1000);
    expect(base.parameterCount()).toBe(1000 * 30_522 + 1000 + 4 * (768 * 768 + 768));
    expect([base.headCount, base.headFeatures, base.dropout.probability]).toEqual([8, 96, 0.1]);
    base.dispose();
  });

  it("takes the released code's heads, each as wide as the language model", () => {
    const released = new Reprogramming({ ...OPTIONS, languageFeatures: 8, headCount: 3, headFeatures: 8 }).eval();
    expect(released.query.outFeatures).toBe(24);
    expect(released.forward(patches, released.prototypes(words)).shape).toEqual([3, 4, 8]);
  });

  it('treats each image of a batch as it treats it alone', async () => {
    const prototypes = reprogramming.prototypes(words);
    const alone = tf.concat(
      tf.split(patches, 3).map((image) => reprogramming.forward(image as tf.Tensor3D, prototypes)),
    );
    expect(await largestDifference(reprogramming.forward(patches, prototypes), alone)).toBeLessThan(1e-5);
  });

  it('drops attention in training mode, with masks that follow from the seed', async () => {
    const prototypes = reprogramming.prototypes(words);
    const evaluated = reprogramming.forward(patches, prototypes);
    reprogramming.train();
    const once = withDropoutSeed(5, () => reprogramming.forward(patches, prototypes));
    const again = withDropoutSeed(5, () => reprogramming.forward(patches, prototypes));
    const other = withDropoutSeed(6, () => reprogramming.forward(patches, prototypes));
    expect(await largestDifference(once, again)).toBe(0);
    expect(await largestDifference(once, other)).toBeGreaterThan(1e-3);
    expect(await largestDifference(once, evaluated)).toBeGreaterThan(1e-3);
  });

  it('leaves no tensors behind in forward and backward passes', async () => {
    reprogramming.train();
    const output = () => reprogramming.forward(patches, reprogramming.prototypes(words));
    await expectNoTensorsLeft(() => passBackward(output, reprogramming.trainableVariables()));
  });

  it('stays finite for large and for equal values', async () => {
    for (const scale of [0, 1e4]) {
      const loss = () =>
        tf.sum(
          reprogramming.forward(tf.mul(patches, scale), reprogramming.prototypes(tf.mul(words, scale))),
        ) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, reprogramming.trainableVariables());
      for (const tensor of [value, ...Object.values(grads)]) {
        expect((await tf.sum(tensor).data())[0]).toSatisfy(Number.isFinite);
      }
    }
  });

  it('says what is wrong with a shape or an option', () => {
    const prototypes = reprogramming.prototypes(words);
    expect(() => reprogramming.prototypes(tf.zeros([21, 8]))).toThrow(
      'Reprogramming expects word embeddings of shape [20,8], got [21,8].',
    );
    expect(() => reprogramming.forward(patches, words)).toThrow('expects prototypes of shape [5,8], got [20,8]');
    expect(() => reprogramming.forward(tf.zeros([1, 4, 7]), prototypes)).toThrow(
      'Reprogramming expects patches of shape [B,N,6] (images, patches, features), got [1,4,7].',
    );
    expect(() => new Reprogramming({ ...OPTIONS, headCount: 9 })).toThrow(
      'Reprogramming expects a positive integer as headFeatures, got 0.',
    );
    expect(() => new Reprogramming({ ...OPTIONS, prototypeCount: 0 })).toThrow('a positive integer as prototypeCount');
  });
});

describe('prototypes that are clusters', () => {
  const options = { ...OPTIONS, mapping: 'clusters' } as const;

  it('are the means of the words that are nearest to them, and train nothing', async () => {
    const clustered = new Reprogramming(options).eval();
    await clustered.makePrototypes(words, { iterations: 50, seed: 4 });
    const [vectors, centers] = [await words.array(), await clustered.prototypes(words).array()];
    const distance = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0);
    const nearest = vectors.map((vector) => {
      const distances = centers.map((center) => distance(vector, center));
      return distances.indexOf(Math.min(...distances));
    });
    for (const [cluster, center] of centers.entries()) {
      const members = vectors.filter((_, word) => nearest[word] === cluster);
      expect(members.length).toBeGreaterThan(0);
      const mean = center.map((_, at) => members.reduce((sum, member) => sum + member[at]!, 0) / members.length);
      expect(distance(center, mean)).toBeLessThan(1e-10);
    }
    expect([...clustered.namedParameters().keys()].filter((name) => name.startsWith('mapping'))).toEqual([]);
    expect((await clustered.stateDict()).get('mapping_layer.prototypes')!.shape).toEqual([5, 8]);
    expect((await clustered.nearestWords([0, 3], words, { count: 1 })).flat()).toHaveLength(2);
  });

  it('refuse more clusters than words, and other mappings', async () => {
    await expect(new Reprogramming({ ...options, prototypeCount: 21 }).makePrototypes(words)).rejects.toThrow(
      '20 words do not make 21 clusters',
    );
    await expect(reprogramming.makePrototypes(words)).rejects.toThrow('these are trained');
    expect(() => new Reprogramming({ ...OPTIONS, mapping: 'best' as 'linear' })).toThrow('Unknown mapping "best".');
  });
});

it('selects some prototypes as it makes all, in every mapping', async () => {
  for (const mapping of ['linear', 'low-rank', 'clusters'] as const) {
    const made = new Reprogramming({ ...OPTIONS, mapping, mappingRank: 2 }).eval();
    if (mapping === 'clusters') await made.makePrototypes(words);
    const all = await made.mapping.forward(words).array();
    expect(all[3]).not.toEqual(all[1]);
    expect(await made.mapping.select([3, 1], words).array(), mapping).toEqual([all[3], all[1]]);
  }
});

describe('projected prototypes', () => {
  it('give the same result with fewer products', async () => {
    const prototypes = reprogramming.prototypes(words);
    const projected = reprogramming.project(prototypes);
    const expected = reprogramming.forward(patches, prototypes);
    expect(await largestDifference(reprogramming.forward(patches, projected), expected)).toBe(0);
    const products = async (run: () => tf.Tensor) => {
      const { kernels } = await tf.profile(run);
      return kernels.filter(({ name }) => name === 'BatchMatMul').length;
    };
    // Queries, scores, weighted values and output; from word embeddings also the prototypes, their keys and their values.
    expect(await products(() => reprogramming.forward(patches, projected))).toBe(4);
    expect(await products(() => reprogramming.forward(patches, reprogramming.prototypes(words)))).toBe(7);
  });
});

describe('nearestWords', () => {
  it('finds the words that prototypes were made of', async () => {
    const weight = new Float32Array(5 * 20);
    [3, 19, 0, 7, 11].forEach((word, prototype) => {
      weight[prototype * 20 + word] = 2;
    });
    const mapping = reprogramming.mapping as TextPrototypes;
    mapping.weight.load(weight);
    mapping.bias.load(new Float32Array(5));
    const lists = await reprogramming.nearestWords([0, 1, 2, 3, 4], words, { count: 3 });
    expect(lists.map(([nearest]) => nearest!.tokenId)).toEqual([3, 19, 0, 7, 11]);
    for (const list of lists) {
      expect(list).toHaveLength(3);
      expect(list[0]!.similarity).toBeCloseTo(1, 5);
      expect(list[0]!.similarity).toBeGreaterThan(list[1]!.similarity);
      expect(list[1]!.similarity).toBeGreaterThanOrEqual(list[2]!.similarity);
    }
    expect((await reprogramming.nearestWords([1, 3], words)).map(([nearest]) => nearest!.tokenId)).toEqual([19, 7]);
    const [first, second] = lists[4]!;
    const [without] = await reprogramming.nearestWords([4], words, { count: 2, exclude: [first!.tokenId] });
    expect(without![0]!.tokenId).toBe(second!.tokenId);
  });

  it('compares directions, whatever the length', async () => {
    // Word 1 points where prototype 0 does; word 2 points half away from it, but is long.
    const planted = tf.tensor2d([
      [0, 0],
      [1, 0],
      [5, 5],
    ]);
    const small = new Reprogramming({ ...OPTIONS, languageFeatures: 2, vocabularySize: 3, prototypeCount: 1 });
    const mapping = small.mapping as TextPrototypes;
    mapping.weight.load([0, 3, 0]);
    mapping.bias.load([0]);
    const [cosine] = await small.nearestWords([0], planted, { count: 9 });
    expect(cosine!.map(({ tokenId }) => tokenId)).toEqual([1, 2, 0]);
    expect(cosine![1]!.similarity).toBeCloseTo(Math.SQRT1_2, 5);
    expect(cosine![2]!.similarity).toBe(0);
  });

  it('works through more prototypes than it takes at once, and leaves no tensors behind', async () => {
    const many = new Reprogramming({ ...OPTIONS, prototypeCount: 250 });
    const [first] = await many.nearestWords([249], words);
    const before = tf.memory().numTensors;
    const lists = await many.nearestWords(
      Array.from({ length: 250 }, (_, index) => index),
      words,
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(lists).toHaveLength(250);
    expect(lists[249]!.map(({ tokenId }) => tokenId)).toEqual(first!.map(({ tokenId }) => tokenId));
  });

  it('refuses a prototype that does not exist, and an empty list', async () => {
    await expect(reprogramming.nearestWords([5], words)).rejects.toThrow(
      'There is no prototype 5. Expected a number from 0 to 4.',
    );
    await expect(reprogramming.nearestWords([0], words, { count: 0 })).rejects.toThrow('count, got 0');
    await expect(reprogramming.nearestWords([0], tf.zeros([2, 2]))).rejects.toThrow('word embeddings of shape [20,8]');
  });
});

describe('chanceSimilarity', () => {
  it('is exceeded by a word itself and by few untrained prototypes, and is the same each time', async () => {
    const many = new Reprogramming({ ...OPTIONS, vocabularySize: 500, languageFeatures: 16, prototypeCount: 200 });
    // They share a direction, as the words of language models do.
    const vocabulary = tf.add(tf.randomNormal([500, 16], 0, 1, 'float32', 3), 0.5) as tf.Tensor2D;
    const before = tf.memory().numTensors;
    const chance = await chanceSimilarity(vocabulary);
    expect(tf.memory().numTensors).toBe(before);
    expect(await chanceSimilarity(vocabulary)).toBe(chance);
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const isClose = async () =>
      (await many.nearestWords(numbers, vocabulary, { count: 1 })).map(([word]) => word!.similarity > chance);
    expect((await isClose()).filter(Boolean).length).toBeLessThan(10);
    const mapping = many.mapping as TextPrototypes;
    const weight = (await mapping.weight.value.data()).slice();
    // Most of prototype 7 is word 11.
    weight[7 * 500 + 11] = 3;
    mapping.weight.load(weight);
    expect((await isClose())[7]).toBe(true);
    const exclude = Array.from({ length: 499 }, (_, word) => word);
    expect(await chanceSimilarity(vocabulary, { exclude })).toBeLessThan(chance);
  });
});

describe('attendedPrototypes', () => {
  it('lists the strongest weights, averaged over the heads', async () => {
    const prototypes = reprogramming.prototypes(words);
    const attended = await reprogramming.attendedPrototypes(patches, { count: 2, prototypes });
    expect([attended.length, attended[0]!.length, attended[0]![0]!.length]).toEqual([3, 4, 2]);
    const mean = tf.mean(reprogramming.attentionWeights(patches, prototypes), 1);
    const weights = (await mean.array()) as number[][][];
    attended.forEach((image, imageIndex) => {
      image.forEach((list, patch) => {
        const row = weights[imageIndex]![patch]!;
        expect(list.map(({ prototype }) => row[prototype])).toEqual([...row].sort((a, b) => b - a).slice(0, 2));
        expect(list.map(({ weight }) => weight)).toEqual(list.map(({ prototype }) => row[prototype]));
      });
    });
  });

  it('finds the prototype that a patch was made to ask for', async () => {
    // Two features, one head, and projections that change nothing: patch and prototypes meet as they are.
    const direct = new Reprogramming({
      ...OPTIONS,
      visionFeatures: 2,
      languageFeatures: 2,
      prototypeCount: 3,
      headCount: 1,
    });
    for (const projection of [direct.query, direct.key]) {
      projection.weight.load([1, 0, 0, 1]);
      projection.bias!.load([0, 0]);
    }
    const prototypes = tf.tensor2d([10, 0, 0, 10, -10, 0], [3, 2]);
    const asking = tf.tensor3d([0, 9, -9, 0], [1, 2, 2]);
    const [image] = await direct.attendedPrototypes(asking, { count: 1, prototypes });
    expect(image!.map(([strongest]) => strongest!.prototype)).toEqual([1, 2]);
  });

  it('is not changed by dropout, and leaves no tensors behind', async () => {
    const prototypes = reprogramming.prototypes(words);
    const evaluated = await reprogramming.attendedPrototypes(patches, { prototypes });
    reprogramming.train();
    const before = tf.memory().numTensors;
    expect(await reprogramming.attendedPrototypes(patches, { prototypes })).toEqual(evaluated);
    expect(tf.memory().numTensors).toBe(before);
  });
});
