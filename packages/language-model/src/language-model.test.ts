import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { expectSameNumbers } from '@llm-mde/tooling-vitest/testing/expect-close';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expectNoTensorsLeft, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  Bert,
  LanguageModel,
  readGpt2Configuration,
  readLlamaConfiguration,
  writeGpt2Configuration,
  writeLlamaConfiguration,
} from './index.js';

const folder = temporaryFolder();
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

describe('encode', () => {
  const texts = ['the depth', 'the image of a room and its depth', 'a room'];
  const product = (one: Float32Array, other: Float32Array) =>
    one.reduce((sum, value, at) => sum + value * other[at]!, 0);

  it('is the mean over the tokens of the last hidden state, of length 1, whatever the batch', async () => {
    const model = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    const before = tf.memory().numTensors;
    const vectors = await model.encode(texts);
    expect(tf.memory().numTensors).toBe(before);
    const ids = tf.tensor2d([model.tokenizer.encode(texts[0]!)], undefined, 'int32');
    const mean = tf.mean(model.forward({ inputsEmbeds: model.embed(ids) }).lastHiddenState, 1);
    const expected = tf.div(mean, tf.norm(mean)).dataSync<'float32'>();
    expect(product(vectors[0]!, expected)).toBeCloseTo(1, 5);
    for (const vector of vectors) expect(product(vector, vector)).toBeCloseTo(1, 5);
    const alone = await model.encode(texts, { batchSize: 1 });
    for (const [index, vector] of vectors.entries()) expect(product(vector, alone[index]!)).toBeCloseTo(1, 5);
    expect(await model.encode([])).toEqual([]);
  });

  it('is the first token where asked, as it is without normalizing', async () => {
    const model = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    const [vector] = await model.encode(['the depth'], { pooling: 'cls', normalize: false });
    const ids = tf.tensor2d([model.tokenizer.encode('the depth')], undefined, 'int32');
    const { lastHiddenState } = model.forward({ inputsEmbeds: model.embed(ids) });
    expectSameNumbers([Array.from(vector!)], [Array.from(lastHiddenState.dataSync().slice(0, model.hiddenSize))]);
  });

  it('refuses a text that is too long, by its place', async () => {
    const model = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    await expect(model.encode(['the', 'depth '.repeat(70)])).rejects.toThrow(
      'Text 1 has 72 tokens, but this model reads at most 64: shorten or split it.',
    );
  });
});

describe('Tokenizer', () => {
  it.each(['tiny-bert', 'tiny-llama'])('of %s equals the Python tokenizer', async (name) => {
    const goldens = JSON.parse(readFileSync(`${fixture(name)}/tokenizer-goldens.json`, 'utf8'));
    const { tokenizer } = await LanguageModel.fromPretrained(fixture(name));
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

it("is not loaded with another model's tokenizer", async () => {
  const path = join(folder.path, 'mixed');
  await cp(fixture('tiny-bert'), path, { recursive: true });
  await cp(`${fixture('tiny-llama')}/tokenizer.json`, `${path}/tokenizer.json`);
  await expect(LanguageModel.fromPretrained(path)).rejects.toThrow(
    /^tokenizer.json of .*mixed has words up to number 299, but the model has 192: take both from one model\.$/,
  );
});

describe('decoders', () => {
  it.each(['tiny-llama-options', 'tiny-gpt2'])('%s predicts the next words as transformers does', async (name) => {
    const model = await LanguageModel.fromPretrained(fixture(name), { head: true });
    const file = await SafetensorsFile.open(`${fixture(name)}/logits.safetensors`);
    const ids = tf.tensor2d((await file.read('input_ids')) as Int32Array, [1, 5], 'int32');
    const expected = await file.read('logits');
    await file.close();
    const logits = model.logits(model.forward({ inputsEmbeds: model.embed(ids) }).lastHiddenState);
    expect(logits.shape).toEqual([1, 5, 300]);
    expect(model.isDecoder).toBe(true);
    (await logits.data()).forEach((score, index) => {
      expect(score).toBeCloseTo(expected[index]!, 4);
    });
    model.dispose();
  });

  it('say that a head of their own was not loaded, and encoders that they predict no words', async () => {
    const model = await LanguageModel.fromPretrained(fixture('tiny-llama-options'));
    expect(() => model.logits(tf.zeros([1, 1, 16]))).toThrow('load it with the option "head"');
    const bert = await LanguageModel.fromPretrained(fixture('tiny-bert'));
    expect(() => bert.logits(tf.zeros([1, 1, 32]))).toThrow('Bert is an encoder: it predicts no next words.');
  });

  it.each(['tiny-llama', 'tiny-gpt2'])('%s sees only what came before, unless it is asked for all', async (name) => {
    const model = await LanguageModel.fromPretrained(fixture(name), { layerCount: 1 });
    expect(model.layers).toHaveLength(1);
    const tokens = tf.randomNormal<tf.Rank.R3>([1, 4, 32], 0, 1, 'float32', 4);
    const other = tf.concat([tf.slice(tokens, [0, 0, 0], [1, 3, 32]), tf.ones([1, 1, 32])], 1) as tf.Tensor3D;
    const first = async (inputsEmbeds: tf.Tensor3D) =>
      (await model.forward({ inputsEmbeds }).lastHiddenState.data()).slice(0, 3 * 32);
    expect(await first(other)).toEqual(await first(tokens));
    model.attention = 'full';
    expect(await first(other)).not.toEqual(await first(tokens));
    model.dispose();
  });

  it('have the same gradients with gradient checkpointing, and leave no tensors behind', async () => {
    const model = (await LanguageModel.fromPretrained(fixture('tiny-llama'))).train();
    const inputsEmbeds = tf.randomNormal<tf.Rank.R3>([1, 5, 32], 0, 1, 'float32', 4);
    const output = () => model.forward({ inputsEmbeds }).lastHiddenState;
    const gradients = async () => {
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(output())) as tf.Scalar, model.trainableVariables());
      return Promise.all(Object.values(grads).map(async (gradient) => Array.from(await gradient.data())));
    };
    const expected = await gradients();
    model.gradientCheckpointing = true;
    expectSameNumbers(await gradients(), expected);
    await expectNoTensorsLeft(() => passBackward(output, model.trainableVariables()));
    model.dispose();
  });

  it('refuse what they do not have', () => {
    const json = { hidden_size: 32, num_attention_heads: 4 };
    const refused = [
      [{ ...json, num_key_value_heads: 3 }, 'num_attention_heads 4 must be divisible by num_key_value_heads 3'],
      [{ ...json, head_dim: 7 }, 'rotary positions need an even "head_dim", got 7'],
      [{ ...json, rope_scaling: { type: 'yarn' } }, 'rotary positions of the type "yarn" are not supported'],
      [{ ...json, rope_scaling: { type: 'linear' } }, '"factor" of the rotary positions must be a positive number'],
      [{ ...json, use_sliding_window: true }, 'attention over a window is not supported'],
      [{ ...json, hidden_act: 'cube' }, 'the activation "cube"'],
    ] as const;
    for (const [config, message] of refused) expect(() => readLlamaConfiguration(config, 'llama')).toThrow(message);
    expect(() => readGpt2Configuration({ scale_attn_by_inverse_layer_idx: true })).toThrow(
      'GPT-2 here supports only false',
    );
    const gpt2 = readGpt2Configuration({});
    expect(readGpt2Configuration(writeGpt2Configuration(gpt2))).toEqual(gpt2);
    const llama3 = {
      rope_type: 'llama3',
      ...{ factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
    };
    const llama = readLlamaConfiguration({ ...json, rope_theta: 5e5, rope_scaling: llama3 }, 'llama');
    expect(llama.rotary).toMatchObject({ theta: 5e5, scaling: { type: 'llama3', factor: 8, originalLength: 8192 } });
    expect(readLlamaConfiguration(writeLlamaConfiguration(llama), 'llama')).toEqual(llama);
  });
});
