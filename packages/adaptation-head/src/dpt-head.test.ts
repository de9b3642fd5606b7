import { describeGoldenCases } from '@llm-mde/tooling-vitest/testing/golden-cases';
import { expectNoTensorsLeft, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { AdaptationHead } from './adaptation-head.js';
import { DptHead } from './dpt-head.js';

let outputSize: [number, number] | undefined;

describeGoldenCases(
  new URL('../fixtures/dpt-head.json', import.meta.url),
  ({ outputSize: size, ...options }) => {
    outputSize = size ?? undefined;
    return new DptHead(options);
  },
  (head, { tokens, ...features }) =>
    head.forward({
      features: Object.values(features) as tf.Tensor3D[],
      tokens: tokens as tf.Tensor3D | undefined,
      rows: 2,
      columns: 3,
      size: outputSize,
    }),
  { tolerance: 5e-5 },
);

describe('DptHead', () => {
  const tokens = tf.ones<tf.Rank.R3>([1, 15, 4]);
  const grid = { rows: 3, columns: 5 };

  it('takes grids with odd sides, and leaves no tensors behind', async () => {
    const head = new DptHead({ visionFeatures: 4, languageFeatures: 4, channels: [2, 2, 2], fusionChannels: 2 });
    const output = () => head.forward({ features: [tokens, tokens, tokens], tokens, ...grid });
    expect(output().shape).toEqual([1, 12, 20]);
    await expectNoTensorsLeft(() => passBackward(output, head.trainableVariables()));
    head.dispose();
  });

  it('starts at about 2 m with log depth, as AdaptationHead does', async () => {
    const zeros = tf.zeros<tf.Rank.R3>([1, 15, 4]);
    const dpt = new DptHead({ visionFeatures: 4, channels: [2, 2], output: 'log' });
    const plain = new AdaptationHead({ inFeatures: 4, channels: [8], output: 'log' }).eval();
    for (const depth of [dpt.forward({ features: [zeros, zeros], ...grid }), plain.forward(zeros, grid)]) {
      for (const metres of await depth.data()) expect(Math.abs(Math.log2(metres / 2))).toBeLessThan(0.9);
    }
    for (const each of [dpt, plain]) each.dispose();
  });

  it('refuses what does not fit', () => {
    const head = new DptHead({ visionFeatures: 4, languageFeatures: 4, channels: [2], fusionChannels: 2 });
    const failing = (inputs: object) => expect(() => head.forward({ features: [tokens], tokens, ...grid, ...inputs }));
    failing({ features: [tokens, tokens] }).toThrow('This head takes the features of 1 layers, got 2.');
    failing({ rows: 4 }).toThrow('15 tokens do not make a grid of 4 rows and 5 columns.');
    failing({ tokens: undefined }).toThrow("This head takes the language model's tokens beside the features.");
    const ofVision = new DptHead({ visionFeatures: 4, channels: [2] });
    expect(() => ofVision.forward({ features: [tokens], tokens, ...grid })).toThrow('it takes no tokens');
    expect(() => new DptHead({ visionFeatures: 4, channels: [] })).toThrow('a positive integer as levels, got 0');
    expect(() => new DptHead({ visionFeatures: 4, output: 'exp' as 'log' })).toThrow('Unknown output "exp".');
    for (const each of [head, ofVision]) each.dispose();
  });
});
