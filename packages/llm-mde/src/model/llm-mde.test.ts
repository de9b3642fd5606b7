import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, SafetensorsFile } from '@llm-mde/checkpoints';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSameNumbers } from '../../../nn/src/testing/expect-close.js';
import { configure, type LlmMdeOptions, preset } from '../configuration.js';
import { absRel, example, waves } from '../testing/patterns.js';
import { tinyModelFiles } from '../testing/tiny-model.js';
import { NonFiniteLossError } from '../training/training-step.js';
import { LlmMde } from './llm-mde.js';
import type { Prediction } from './predict.js';

/** The preset `tiny` at 32 pixels, without dropout in the new modules. */
const create = (...changes: LlmMdeOptions[]) =>
  LlmMde.create(configure(preset('tiny'), { imageSize: 32, reprogramming: { dropout: 0 } }, ...changes));

// SwiftShader computes hundreds of times slower than a GPU: where a test is about the logic, few steps will do there.
const isSlow = process.env.LLM_MDE_DEVICE === 'webgpu';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-mde-'));
});
afterAll(() => rm(folder, { recursive: true }));

// On WebGPU parity.test.ts trains; here a step takes many seconds without a GPU.
describe.skipIf(isSlow)('training', () => {
  it.skipIf(isSlow)(
    'overfits a batch of four images: the whole path can learn',
    async () => {
      const model = await create({ head: { imageSkip: false } });
      const batch = [1, 2, 3, 4].map((seed) => example(seed));
      const steps = 50;
      let loss = Number.POSITIVE_INFINITY;
      for (let step = 0; step < steps; step++) {
        const learningRate = 2e-3 * (1 + Math.cos((Math.PI * step) / steps));
        ({ loss } = await model.trainStep(batch, { learningRate }));
      }
      const predictions = await model.predict(batch.map(({ image }) => image));
      predictions.forEach(({ depth }, index) => {
        expect(absRel(depth, batch[index]!.depth), `AbsRel of image ${index}`).toBeLessThan(0.05);
      });
      // The squared log error that is left: 2 % of depth, squared.
      expect(loss).toBeLessThan(0.02 ** 2 * 10);
      model.dispose();
    },
    600_000,
  );

  it('gives a batch in parts the gradients that it has as a whole', async () => {
    // Batch normalization looks at a part by itself, so it is the loss and the mean of gradients that must agree with a sum by hand.
    const whole = await create({ head: { imageSkip: false } });
    const batch = [example(1), example(2)];
    const apart = [];
    for (const one of batch) apart.push(await whole.trainStep([one], { learningRate: 0 }));
    const inParts = await create({ head: { imageSkip: false }, optimization: { microBatchSize: 1 } });
    // Language dropout would differ between the parts.
    const { loss, step } = await inParts.trainStep(batch, { learningRate: 0 });
    expect(step).toBe(1);
    expect(loss).toBeCloseTo((apart[0]!.loss + apart[1]!.loss) / 2, 1);
    whole.dispose();
    inParts.dispose();
  });

  it('is the same with gradient checkpointing', async () => {
    const results: number[][] = [];
    for (const gradientCheckpointing of [false, true]) {
      const model = await create({ optimization: { gradientCheckpointing } });
      const first = await model.trainStep([example(1)]);
      const second = await model.trainStep([example(1)]);
      results.push([first.loss, first.gradientNorm, second.loss]);
      model.dispose();
    }
    results[0]!.forEach((value, index) => {
      expect(results[1]![index]! / value).toBeCloseTo(1, 4);
    });
  });

  it('is the same again from the same seed, and goes on exactly from a saved optimizer', async () => {
    const run = async (model: LlmMde, seeds: number[]) => {
      const losses = [];
      for (const seed of seeds) losses.push((await model.trainStep([example(seed)])).loss);
      return losses;
    };
    const model = await create();
    const losses = await run(model, [1, 2, 3]);
    const again = await create();
    expect((await run(again, [1]))[0]! / losses[0]!).toBeCloseTo(1, isSlow ? 5 : 12);
    await again.save(join(folder, 'resumed'));
    const state = await again.optimizer.state();
    const resumed = await LlmMde.load(join(folder, 'resumed'));
    resumed.optimizer.loadState(state);
    const rest = await run(resumed, [2, 3]);
    rest.forEach((loss, index) => {
      expect(loss / losses[index + 1]!).toBeCloseTo(1, 5);
    });
    state.tensors.delete('exp_avg.head.linear.weight');
    expect(() => resumed.optimizer.loadState(state)).toThrow('missing exp_avg.head.linear.weight; not known nothing.');
    for (const each of [model, again, resumed]) each.dispose();
  });

  it('changes nothing where the loss is not a number, and names the images', async () => {
    const model = await create();
    const before = await model.head.stateDict();
    model.reprogramming.output.bias!.load(new Float32Array(64).fill(Number.NaN));
    const error = await model.trainStep([example(1)]).catch((reason) => reason);
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error.message).toContain('The batch holds waves-1.');
    expect(error.ids).toEqual(['waves-1']);
    expect((await model.head.stateDict()).get('output.weight')).toEqual(before.get('output.weight'));
    model.dispose();
  });

  it('refuses batches that do not fit, with a sentence', async () => {
    const model = await create();
    await expect(model.trainStep([])).rejects.toThrow('A training step needs at least one image');
    await expect(model.trainStep([example(1), example(2, 20, 20)])).rejects.toThrow(
      'waves-2 has a depth map of 20×20, the first one 40×30; a batch needs one size: resize them.',
    );
    const short = { ...example(1), depth: new Float32Array(5) };
    await expect(model.trainStep([short])).rejects.toThrow('waves-1 is 40×30, but its depth has 5 values.');
    model.dispose();
  });

  it('leaves no tensors behind', async () => {
    const small = { layerCount: 1 };
    const { vision, language } = preset('tiny');
    const model = await create({
      imageSize: 16,
      vision: { configuration: { ...vision.configuration!, ...small } },
      language: { configuration: { ...language.configuration!, ...small } },
      head: { channels: [8] },
      optimization: { microBatchSize: 1 },
    });
    const batch = [example(1, 20, 16), example(2, 20, 16)];
    await model.trainStep(batch);
    const before = tf.memory().numTensors;
    for (let step = 0; step < (isSlow ? 2 : 50); step++) await model.trainStep(batch);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  }, 600_000);
});

describe('predict', () => {
  it('gives each image its depth at its own size, with its prompt and class', async () => {
    const model = await create();
    const [wide, tall] = await model.predict([waves(1, 50, 20), waves(2, 7, 31)]);
    expect([wide!.width, wide!.height, wide!.depth.length]).toEqual([50, 20, 1000]);
    expect([tall!.width, tall!.height, tall!.depth.length]).toEqual([7, 31, 217]);
    expect(wide!.depth.every((metres) => metres > 0 && metres < 10)).toBe(true);
    expect(wide!.class).toBe('close');
    expect(wide!.prompt).toContain('Depth class: close.');
    const alone = await model.predict(waves(2, 7, 31));
    expect(alone.depth.every((metres, pixel) => Math.abs(metres - tall!.depth[pixel]!) < 1e-4)).toBe(true);
    expect(await model.predict([])).toEqual([]);
    model.dispose();
  });

  it('takes constant, black, white, grayscale, transparent and one-pixel images', async () => {
    const model = await create();
    const plain = (level: number, channels: 1 | 2 | 3 | 4, size: number) => ({
      data: new Uint8Array(size * size * channels).fill(level),
      width: size,
      height: size,
      channels,
    });
    const images = [plain(128, 1, 9), plain(0, 3, 9), plain(255, 4, 9), plain(40, 2, 9), plain(200, 3, 1)];
    const predictions = await model.predict(images);
    expect(predictions.map((prediction) => prediction.class)).toEqual([
      'close',
      'giant',
      'unseen',
      'extremely close',
      'a little remote',
    ]);
    for (const { depth } of predictions) expect(depth.every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it('reads another prompt where it is asked to, for this once', async () => {
    const model = await create();
    const own = await model.predict(waves(1));
    const fixed = await model.predict(waves(1), { promptStyle: 'fixed' });
    const none = await model.predict(waves(1), { promptStyle: 'none' });
    expect(own.prompt).toContain('Depth class: close.');
    expect([fixed.class, none.class]).toEqual([null, null]);
    expect(fixed.prompt).toContain('Style: exact and consistent');
    expect(none.prompt).toBe('');
    for (const { depth } of [fixed, none]) {
      expect(Math.max(...depth.map((metres, pixel) => Math.abs(metres - own.depth[pixel]!)))).toBeGreaterThan(1e-4);
    }
    expect(await model.predict(waves(1))).toEqual(own);
    model.dispose();
  });

  it('averages with the mirrored image', async () => {
    const model = await create();
    const image = waves(3, 32, 32);
    const mirrored = { ...image, data: image.data.slice() };
    for (let pixel = 0; pixel < 32 * 32; pixel++) {
      const source = pixel - (pixel % 32) + (31 - (pixel % 32));
      mirrored.data.set(image.data.subarray(source * 3, source * 3 + 3), pixel * 3);
    }
    const straight = await model.predict(image);
    const flipped = await model.predict(mirrored);
    const average = await model.predict(image, { testTimeFlip: true });
    const errors = average.depth.map((metres, pixel) => {
      const source = pixel - (pixel % 32) + (31 - (pixel % 32));
      return Math.abs(metres - (straight.depth[pixel]! + flipped.depth[source]!) / 2);
    });
    expect(Math.max(...errors)).toBeLessThan(1e-4);
    model.dispose();
  });

  it('is the same with merged adapters', async () => {
    const model = await create();
    await model.trainStep([example(1)]);
    model.eval();
    const apart = await model.predict(waves(1));
    model.merge();
    const merged = await model.predict(waves(1));
    expect(merged.depth.every((metres, pixel) => Math.abs(metres - apart.depth[pixel]!) < 1e-3)).toBe(true);
    model.unmerge();
    expectSameDepth(await model.predict(waves(1)), apart);
    model.dispose();
  });

  it('leaves no tensors behind, nor the mode changed', async () => {
    const model = await create();
    model.train();
    await model.predict(waves(1));
    expect(model.training).toBe(true);
    const before = tf.memory().numTensors;
    for (let repeat = 0; repeat < (isSlow ? 3 : 100); repeat++) {
      await model.predict(waves(1), { testTimeFlip: repeat % 2 === 0 });
    }
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  }, 600_000);

  it('shows the words that patches lean on', async () => {
    const model = await create();
    // Parameters are made on first use.
    await model.attendedWords(waves(1));
    const before = tf.memory().numTensors;
    const { rows, columns, patches, words } = await model.attendedWords(waves(1), { prototypeCount: 3, wordCount: 4 });
    expect([rows, columns, patches.length]).toEqual([4, 4, 16]);
    for (const attended of patches) {
      expect(attended).toHaveLength(3);
      expect(attended[0]!.weight).toBeGreaterThanOrEqual(attended[2]!.weight);
      for (const { prototype } of attended) {
        const list = words.get(prototype)!.map(({ word }) => word);
        expect(list).toHaveLength(4);
        expect(list.filter((word) => word.startsWith('['))).toEqual([]);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('images with prompts of other lengths', () => {
  const gray = (level: number): RawImage => ({
    data: new Uint8Array(40 * 30 * 3).fill(level),
    width: 40,
    height: 30,
    channels: 3,
  });
  const images = [gray(0), waves(2), gray(190), gray(150), gray(255)];

  it.skipIf(isSlow)('are predicted as each would be alone', async () => {
    const model = await create({ prompt: { multipleOf: 1 } });
    const together = await model.predict(images);
    const lengths = together.map(({ prompt }) => model.language.tokenizer.tokenize([prompt]).inputIds[0]!.length);
    expect(new Set(lengths).size).toBeGreaterThan(2);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(model.promptLength);
    for (const [index, image] of images.entries()) expectSameDepth(await model.predict(image), together[index]!);
    model.dispose();
  });

  it('lie at the same positions under another style of prompt', async () => {
    const model = await create();
    const { shape } = model.prepareImages(gray(0)).inputIds!;
    for (const style of ['adaptive', 'fixed', 'none'] as const) {
      const { inputIds, attentionMask } = model.prepareImages(waves(1), style);
      expect(inputIds?.shape).toEqual(shape);
      expect(attentionMask!.data.some((isToken) => isToken === 1)).toBe(style !== 'none');
    }
    model.dispose();
  });
});

describe("the paper's switches", () => {
  it.each(['adaptive', 'fixed', 'none'] as const)('prompt %s', async (style) => {
    const model = await create({ prompt: { style } });
    const { inputIds } = model.prepareImages(waves(1));
    expect(inputIds?.shape).toEqual(style === 'none' ? undefined : [1, style === 'adaptive' ? 96 : 80]);
    const { prompt, class: depthClass } = await model.predict(waves(1));
    expect(prompt === '').toBe(style === 'none');
    expect(depthClass === null).toBe(style !== 'adaptive');
    model.dispose();
  });

  it.each(['present', 'random', 'absent'] as const)('language model %s', async (mode) => {
    const model = await create({ language: { mode } });
    expect(model.language.layers.length).toBe(mode === 'absent' ? 0 : 2);
    expect(model.adapters.language === undefined).toBe(mode === 'absent');
    expect((await model.trainStep([example(1)])).loss).toBeGreaterThan(0);
    await model.save(join(folder, mode));
    const loaded = await LlmMde.load(join(folder, mode));
    expectSameDepth(await loaded.predict(waves(1)), await model.predict(waves(1)));
    model.dispose();
    loaded.dispose();
  });

  it.each([
    [1, []],
    [2, ['vision_adapter']],
    [3, ['vision_adapter', 'language_adapter']],
  ])('LoRA scheme %i', async (scheme, adapted) => {
    const lora = { rank: 4, alpha: 8, dropout: 0 };
    const model = await create({
      vision: { lora: scheme > 1 ? lora : null },
      language: { lora: scheme > 2 ? lora : null },
    });
    const trained = [...model.trainableParameters().keys()].map((name) => name.split('.')[0]!);
    expect([...new Set(trained)].sort()).toEqual(['head', 'reprogramming', ...adapted].sort());
    model.dispose();
  });
});

describe('save and load', () => {
  it('give the same predictions bit for bit', async () => {
    const model = await create();
    await model.trainStep([example(1)]);
    await model.save(join(folder, 'saved'));
    expect((await readdir(join(folder, 'saved'), { recursive: true })).sort()).toEqual([
      'config.json',
      'language.safetensors',
      'language_adapter',
      'language_adapter/adapter_config.json',
      'language_adapter/adapter_model.safetensors',
      'model.safetensors',
      'vision.safetensors',
      'vision_adapter',
      'vision_adapter/adapter_config.json',
      'vision_adapter/adapter_model.safetensors',
    ]);
    const loaded = await LlmMde.load(join(folder, 'saved'));
    expectSameDepth(await loaded.predict(waves(5)), await model.predict(waves(5)));
    // A second time over the first.
    model.eval().merge();
    await model.save(join(folder, 'saved'));
    const again = await LlmMde.load(join(folder, 'saved'));
    expectSameDepth(await again.predict(waves(5)), await loaded.predict(waves(5)));
    expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
    for (const each of [model, loaded, again]) each.dispose();
  });

  it('write only what was trained where the towers are pretrained', async () => {
    const model = await LlmMde.load(tinyModelFiles());
    // The tiny BERT reads 64 tokens, fewer than a prompt has in its small vocabulary.
    model.configuration.prompt.style = 'none';
    await model.save(join(folder, 'pretrained'));
    const files = (await readdir(join(folder, 'pretrained'))).sort();
    expect(files).toEqual(['config.json', 'language_adapter', 'model.safetensors', 'vision_adapter']);
    const { vision, model_type: type } = JSON.parse(await readFile(join(folder, 'pretrained/config.json'), 'utf8'));
    expect(type).toBe('llm-mde');
    expect(vision.pretrained).toMatch(/tiny-vit$/);
    const loaded = await LlmMde.load(join(folder, 'pretrained'));
    expectSameDepth(await loaded.predict(waves(5)), await model.predict(waves(5)));
    model.dispose();
    loaded.dispose();
  });

  it('refuse a model with a missing, foreign or misshapen tensor, by name', async () => {
    const original = await SafetensorsFile.fromBytes((await tinyModelFiles().read('model.safetensors'))!);
    const tensors = async () =>
      new Map(
        await Promise.all(
          [...original.tensors].map(
            async ([name, { shape }]) => [name, { shape, data: await original.read(name) }] as const,
          ),
        ),
      );
    const load = (state: Awaited<ReturnType<typeof tensors>>) =>
      LlmMde.load(tinyModelFiles({ 'model.safetensors': encodeSafetensors(state) }));
    const before = tf.memory().numTensors;
    const without = await tensors();
    without.delete('head.output.bias');
    await expect(load(without)).rejects.toThrow('head.output.bias');
    const foreign = await tensors();
    foreign.set('head.unknown', { shape: [1], data: new Float32Array(1) });
    await expect(load(foreign)).rejects.toThrow('head.unknown');
    const misshapen = await tensors();
    misshapen.set('head.output.bias', { shape: [2], data: new Float32Array(2) });
    await expect(load(misshapen)).rejects.toThrow('output.bias');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('say which file is missing or wrong', async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const load = (changes: Record<string, Uint8Array | undefined>) => LlmMde.load(tinyModelFiles(changes));
    await expect(LlmMde.load(join(folder, 'nowhere'))).rejects.toThrow(
      'nowhere is not the folder of a saved model: config.json is missing.',
    );
    await expect(load({ 'config.json': bytes('{') })).rejects.toThrow('config.json of tiny-model is not JSON');
    await expect(load({ 'config.json': bytes('{"model_type":"bert"}') })).rejects.toThrow(
      'describes a model of type "bert"',
    );
    await expect(load({ 'model.safetensors': undefined })).rejects.toThrow(
      'The model in tiny-model is incomplete: model.safetensors is missing.',
    );
    await expect(load({ 'vision_adapter/adapter_config.json': bytes('{}') })).rejects.toThrow(
      'vision_adapter/ of tiny-model:',
    );
  });
});

/** Bit for bit; on a GPU, which adds up in any order, to the last bits. */
function expectSameDepth(actual: Prediction, expected: Prediction): void {
  if (isSlow) expectSameNumbers([actual.depth], [expected.depth]);
  else expect(actual.depth).toEqual(expected.depth);
}

describe('initFrom', () => {
  it('takes over all that a saved model learned, its adapters merged, and trains on', async () => {
    const image = waves(5, 20, 16);
    const trained = await create();
    await trained.trainStep([example(1)]);
    const before = await trained.predict(image);
    await trained.save(join(folder, 'start'));
    // Another seed, and no adapters: everything comes from the saved model.
    const model = await create({ seed: 9, vision: { lora: null }, language: { lora: null } });
    expect(largestDifference(await model.predict(image), before)).toBeGreaterThan(0.01);
    await model.initFrom(join(folder, 'start'));
    expect(largestDifference(await model.predict(image), before)).toBeLessThan(1e-4);
    const { step } = await model.trainStep([example(1)]);
    expect(step).toBe(1);
    expect(largestDifference(await model.predict(image), before)).toBeGreaterThan(1e-3);
    for (const each of [trained, model]) each.dispose();
  });

  it('takes over the parts that are named and leaves the others, and no tensor behind', async () => {
    const donor = await create({ seed: 3 });
    await donor.save(join(folder, 'towers'));
    const model = await create();
    const head = await model.head.stateDict();
    await model.initFrom(join(folder, 'towers'), ['vision', 'language']);
    expect(await model.vision.stateDict()).toEqual(await donor.vision.stateDict());
    expect(await model.head.stateDict()).toEqual(head);
    const { numTensors } = tf.memory();
    await model.initFrom(join(folder, 'towers'), ['vision', 'language']);
    expect(tf.memory().numTensors).toBe(numTensors);
    // The words alone, where the language model is left out.
    const without = await create({ language: { mode: 'absent', lora: null } });
    await without.initFrom(join(folder, 'towers'), ['language']);
    expect([...(await without.language.wordEmbeddings.data())]).toEqual([
      ...(await donor.language.wordEmbeddings.data()),
    ]);
    for (const each of [donor, model, without]) each.dispose();
  });

  it('refuses a part of another shape, by name', async () => {
    const donor = await create({ head: { channels: [8] } });
    await donor.save(join(folder, 'small-head'));
    const model = await create();
    await expect(model.initFrom(join(folder, 'small-head'), ['head'])).rejects.toThrow(
      /^The part "head" of the model in .*small-head does not fit: .*stages\.0\.conv1\.weight/s,
    );
    for (const each of [donor, model]) each.dispose();
  });
});

function largestDifference(one: Prediction, other: Prediction): number {
  return one.depth.reduce((most, metres, pixel) => Math.max(most, Math.abs(metres - other.depth[pixel]!)), 0);
}
