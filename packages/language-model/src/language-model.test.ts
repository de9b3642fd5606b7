import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expectSameNumbers } from '@llm-mde/tooling-vitest/testing/expect-close';
import { expectNoTensorsLeft, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Bert, LanguageModel } from './index.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe('LanguageModel', () => {
  it('keeps only the first layers when asked', async () => {
    const whole = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    const part = await LanguageModel.fromPretrained(fixture('tiny-bert'), { layerCount: 2 });
    expect(part.layers).toHaveLength(2);
    const inputsEmbeds = tf.randomNormal<tf.Rank.R3>([1, 5, 32], 0, 1, 'float32', 4);
    const third = whole.forward({ inputsEmbeds, outputHiddenStates: true }).hiddenStates![2]!;
    const last = part.forward({ inputsEmbeds }).lastHiddenState;
    expect(await last.data()).toEqual(await third.data());
    await expect(LanguageModel.fromPretrained(fixture('tiny-bert'), { layerCount: 4 })).rejects.toThrow(
      'layerCount must be an integer from 0 to 3, the layers of this checkpoint, got 4.',
    );
  });

  it('has the same gradients with gradient checkpointing, dropout included', async () => {
    const { withDropoutSeed } = await import('@llm-mde/nn');
    const model = (await LanguageModel.fromPretrained(fixture('tiny-bert'))).train();
    const inputsEmbeds = tf.randomNormal<tf.Rank.R3>([1, 5, 32], 0, 1, 'float32', 4);
    const attentionMask = tf.tensor2d([[1, 1, 1, 0, 0]]);
    const gradients = async () => {
      const { grads } = withDropoutSeed(5, () =>
        tf.variableGrads(
          () => tf.sum(tf.square(model.forward({ inputsEmbeds, attentionMask }).lastHiddenState)) as tf.Scalar,
          model.trainableVariables(),
        ),
      );
      return Promise.all(Object.values(grads).map(async (gradient) => Array.from(await gradient.data())));
    };
    const expected = await gradients();
    model.gradientCheckpointing = true;
    expectSameNumbers(await gradients(), expected);
    model.dispose();
  });

  it('leaves no tensors behind in forward and backward passes', async () => {
    const model = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    const inputIds = tf.tensor2d([[2, 9, 10, 3]], undefined, 'int32');
    const output = () => model.forward({ inputsEmbeds: model.embed(inputIds) }).lastHiddenState;
    await expectNoTensorsLeft(() => passBackward(output, model.trainableVariables()));
    model.dispose();
  });

  it('refuses inputs that do not fit', async () => {
    const model = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    expect(() => model.forward({ inputsEmbeds: tf.zeros([1, 65, 32]) })).toThrow(
      'A sequence of 65 tokens exceeds the maximum length of 64.',
    );
    expect(() => model.forward({ inputsEmbeds: tf.zeros([1, 5, 31]) })).toThrow(
      'expects embeddings of shape [B,S,32], got [1,5,31].',
    );
    expect(() => model.forward({ inputsEmbeds: tf.zeros([1, 5, 32]), attentionMask: tf.ones([1, 4]) })).toThrow(
      'The attention mask must have the shape [1,5], got [1,4].',
    );
    const { configuration } = model as Bert;
    expect(() => new Bert({ ...configuration, layerCount: 1e9 })).toThrow('BERT expects at most 1000 as layerCount');
    expect(() => new Bert(configuration).tokenizer).toThrow('This language model has no tokenizer');
  });
});

describe('Tokenizer', () => {
  const goldens = JSON.parse(readFileSync(`${fixture('tiny-bert')}/tokenizer-goldens.json`, 'utf8'));

  it('equals the Python tokenizer', async () => {
    const { tokenizer } = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    for (const { text, input_ids } of goldens.texts) {
      expect(tokenizer.encode(text), text).toEqual(input_ids);
    }
  });

  it('decodes ids, and gives their tokens', async () => {
    const { tokenizer } = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    const ids = tokenizer.encode('The depth of');
    expect(tokenizer.tokens(ids)).toEqual(['[CLS]', 'the', 'depth', 'of', '[SEP]']);
    expect(tokenizer.decode(ids)).toBe('the depth of');
  });
});
