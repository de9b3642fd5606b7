import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors, SafetensorsFile } from '@llm-mde/checkpoints';
import { compile } from '@llm-mde/compile';
import { expectSameNumbers } from '@llm-mde/tooling-vitest/testing/expect-close';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expectNoTensorsLeft } from '@llm-mde/tooling-vitest/testing/tensors';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { configure, type LlmMdeOptions } from './configuration/configuration.js';
import { preset } from './configuration/presets.js';
import type { LlmMde } from './llm-mde.js';
import type { Prediction } from './prediction/prediction.js';
import { absRel, example, largestDifference, waves } from './testing/patterns.js';
import { createModel, loadModel, smallConfiguration } from './testing/small-model.js';
import { tinyModelFiles } from './testing/tiny-model.js';
import { NonFiniteLossError } from './training/training.js';

/** Small, without dropout in the new modules. */
const create = (...changes: LlmMdeOptions[]) =>
  createModel(smallConfiguration({ reprogramming: { dropout: 0 } }, ...changes));

const folder = temporaryFolder();

describe('training', () => {
  it('overfits a batch of four images: the whole path can learn', async () => {
    const model = await createModel(
      configure(preset('tiny'), { imageSize: 32, reprogramming: { dropout: 0 }, head: { imageSkip: false } }),
      { compiler: compile },
    );
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
  });

  it('gives a batch in parts the gradients that it has as a whole', async () => {
    // Batch normalization uses each part's own statistics, so it is the loss and the mean of gradients that must agree with a sum by hand.
    const whole = await create({ head: { imageSkip: false } });
    const batch = [example(1), example(2)];
    const apart = [];
    for (const one of batch) apart.push(await whole.trainStep([one], { learningRate: 0 }));
    const inParts = await create({ head: { imageSkip: false }, optimization: { microBatchSize: 1 } });
    // Language dropout would differ between the parts.
    const { loss, step } = await inParts.trainStep(batch, { learningRate: 0 });
    expect(step).toBe(1);
    expect(loss).toBeCloseTo((apart[0]!.loss + apart[1]!.loss) / 2, 1);
  });

  it('is the same with gradient checkpointing', async () => {
    const results: number[][] = [];
    for (const gradientCheckpointing of [false, true]) {
      const model = await create({ optimization: { gradientCheckpointing } });
      const first = await model.trainStep([example(1)]);
      const second = await model.trainStep([example(1)]);
      results.push([first.loss, first.gradientNorm, second.loss]);
    }
    results[0]!.forEach((value, index) => {
      expect(results[1]![index]! / value).toBeCloseTo(1, 4);
    });
  });

  it('is the same again from the same seed, and resumes exactly from a saved optimizer', async () => {
    const run = async (model: LlmMde, seeds: number[]) => {
      const losses = [];
      for (const seed of seeds) losses.push((await model.trainStep([example(seed)])).loss);
      return losses;
    };
    const model = await create();
    const losses = await run(model, [1, 2, 3]);
    const again = await create();
    expect((await run(again, [1]))[0]! / losses[0]!).toBeCloseTo(1, 12);
    await again.save(join(folder.path, 'resumed'));
    const state = await again.optimizerState();
    const resumed = await loadModel(join(folder.path, 'resumed'));
    await resumed.loadOptimizerState(state);
    const rest = await run(resumed, [2, 3]);
    rest.forEach((loss, index) => {
      expect(loss / losses[index + 1]!).toBeCloseTo(1, 5);
    });
    state.tensors.delete('exp_avg.head.linear.weight');
    await expect(resumed.loadOptimizerState(state)).rejects.toThrow(
      'Optimizer state does not match the model. Missing keys: exp_avg.head.linear.weight.',
    );
  });

  it('predicts and saves with the averages of the weights where it is asked to, and trains on without them', async () => {
    const model = await create({ optimization: { averageDecay: 0.9 } });
    for (const seed of [1, 2, 3]) await model.trainStep([example(seed)], { learningRate: 0.02 });
    const image = example(1).image;
    const plain = await model.predict(image);
    const averaged = await model.withAverages(async () => {
      await expect(model.trainStep([example(1)])).rejects.toThrow('There is no training step within withAverages.');
      await model.save(join(folder.path, 'averaged'));
      return model.predict(image);
    });
    expect(largestDifference(averaged.depth, plain.depth)).toBeGreaterThan(1e-3);
    expect(await model.predict(image)).toEqual(plain);
    const saved = await loadModel(join(folder.path, 'averaged'));
    expect(largestDifference((await saved.predict(image)).depth, averaged.depth)).toBeLessThan(1e-4);
    expect((await model.trainStep([example(1)])).step).toBe(4);
  });

  it('changes nothing where the loss is not a number, and names the images', async () => {
    const model = await create();
    const before = await model.network.head.stateDict();
    model.network.reprogramming.output.bias!.load(new Float32Array(64).fill(Number.NaN));
    const error = await model.trainStep([example(1)]).catch((reason) => reason);
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error.message).toContain('The batch contains waves-1.');
    expect(error.ids).toEqual(['waves-1']);
    expect((await model.network.head.stateDict()).get('output.weight')).toEqual(before.get('output.weight'));
  });

  it('refuses batches that do not fit, with a sentence', async () => {
    const model = await create();
    await expect(model.trainStep([])).rejects.toThrow('A training step needs at least one image');
    await expect(model.trainStep([example(1), example(2, 20, 20)])).rejects.toThrow(
      'All depth maps in a batch must have the same size: "waves-2" is 20×20, expected 40×30.',
    );
    const short = { ...example(1), depth: new Float32Array(5) };
    await expect(model.trainStep([short])).rejects.toThrow('"waves-1" is 40×30, but its depth has 5 values.');
  });

  it('leaves no tensors behind', async () => {
    const model = await create({ imageSize: 16, head: { channels: [8] }, optimization: { microBatchSize: 1 } });
    const batch = [example(1, 20, 16), example(2, 20, 16)];
    await expectNoTensorsLeft(() => model.trainStep(batch));
  });
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
  });

  it('uses another prompt if asked to, for one call', async () => {
    const model = await create();
    const own = await model.predict(waves(1));
    const fixed = await model.predict(waves(1), { promptStyle: 'fixed' });
    const none = await model.predict(waves(1), { promptStyle: 'none' });
    expect(own.prompt).toContain('Depth class: close.');
    expect([fixed.class, none.class]).toEqual([null, null]);
    expect(fixed.prompt).toContain('Style: exact and consistent');
    expect(none.prompt).toBe('');
    for (const { depth } of [fixed, none]) {
      expect(largestDifference(depth, own.depth)).toBeGreaterThan(1e-4);
    }
    expect(await model.predict(waves(1))).toEqual(own);
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
  });

  it('leaves no tensors behind, nor the mode changed', async () => {
    const model = await create();
    model.network.train();
    await model.predict(waves(1));
    expect(model.network.training).toBe(true);
    await expectNoTensorsLeft(() => model.predict(waves(1)));
    await expectNoTensorsLeft(() => model.predict(waves(1), { testTimeFlip: true }));
  });

  it('lists the words that patches attend to', async () => {
    const model = await create();
    // Parameters are made on first use.
    await model.attendedWords(waves(1));
    const before = tf.memory().numTensors;
    const { rows, columns, patches, words } = await model.attendedWords(waves(1), { prototypeCount: 3, wordCount: 4 });
    expect([rows, columns, patches.length]).toEqual([4, 4, 16]);
    for (const attended of patches) {
      expect(attended).toHaveLength(3);
      expect(attended[0]!.weight).toBeGreaterThanOrEqual(attended[2]!.weight);
      for (const { weight, timesEven } of attended) expect(timesEven).toBeCloseTo(weight * 64, 5);
      for (const { prototype } of attended) {
        const list = words.get(prototype)!.map(({ word }) => word);
        expect(list).toHaveLength(4);
        expect(list.filter((word) => word.startsWith('['))).toEqual([]);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
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

  it('are predicted as each would be alone', async () => {
    const model = await create({ prompt: { multipleOf: 1 } });
    const together = await model.predict(images);
    const lengths = together.map(({ prompt }) => model.network.language.tokenizer.encode(prompt).length);
    expect(new Set(lengths).size).toBeGreaterThan(2);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(model.processor.promptLength);
    for (const [index, image] of images.entries()) expectSameDepth(await model.predict(image), together[index]!);
  });

  it('lie at the same positions under another style of prompt', async () => {
    const model = await create();
    const { shape } = (await model.prepareImages(gray(0))).inputs.inputIds!;
    for (const style of ['adaptive', 'fixed', 'none'] as const) {
      const { inputIds, attentionMask } = (await model.prepareImages(waves(1), style)).inputs;
      expect(inputIds?.shape).toEqual(shape);
      expect(attentionMask!.data.some((isToken) => isToken === 1)).toBe(style !== 'none');
    }
  });
});

describe('prompts of the style scene', () => {
  const scene = 'kitchen, a table by the window';

  it('say what each image shows, at the same positions, and depth depends on it', async () => {
    const model = await create({ prompt: { style: 'scene' } });
    const { inputs, prompts } = await model.prepareImages([{ ...waves(1), scene }, waves(1)]);
    expect(prompts.map(({ text }) => text)).toEqual([
      expect.stringContaining(`Scene: ${scene}.`),
      expect.stringContaining('Scene: unknown.'),
    ]);
    expect(inputs.inputIds!.shape[1]).toBe((await model.prepareImages(waves(2))).inputs.inputIds!.shape[1]);
    const [said, unknown] = await model.predict([{ ...waves(1), scene }, waves(1)]);
    expect(said!.prompt).toContain(scene);
    expect(largestDifference(said!.depth, unknown!.depth)).toBeGreaterThan(0);
  });

  it('refuse a description for which there is no room', async () => {
    const model = await create({ prompt: { style: 'scene' } });
    const long = 'kitchen '.repeat(60).trim();
    await expect(model.predict([waves(1), { ...waves(1), scene: long }])).rejects.toThrow(
      `The scene "${long}" is described in too many words: there is room for about 32.`,
    );
  });
});

describe("the paper's switches", () => {
  it.each(['adaptive', 'fixed', 'none'] as const)('prompt %s', async (style) => {
    const model = await create({ prompt: { style } });
    const { inputIds } = (await model.prepareImages(waves(1))).inputs;
    expect(inputIds?.shape).toEqual(style === 'none' ? undefined : [1, style === 'adaptive' ? 96 : 80]);
    const { prompt, class: depthClass } = await model.predict(waves(1));
    expect(prompt === '').toBe(style === 'none');
    expect(depthClass === null).toBe(style !== 'adaptive');
  });

  it.each(['present', 'random', 'absent', 'attention'] as const)('language model %s', async (mode) => {
    const model = await create({ language: { mode } });
    const isThere = mode === 'present' || mode === 'random';
    expect(model.network.language.layers.length).toBe(isThere ? 1 : 0);
    expect(model.network.adapters.language !== undefined).toBe(isThere);
    const trained = [...model.network.trainableParameters().keys()];
    expect(trained.some((name) => name.startsWith('attention.'))).toBe(mode === 'attention');
    expect((await model.trainStep([example(1)])).loss).toBeGreaterThan(0);
    await model.save(join(folder.path, mode));
    const loaded = await loadModel(join(folder.path, mode));
    expectSameDepth(await loaded.predict(waves(1)), await model.predict(waves(1)));
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
    const trained = [...model.network.trainableParameters().keys()].map((name) => name.split('.')[0]!);
    expect([...new Set(trained)].sort()).toEqual(['head', 'reprogramming', ...adapted].sort());
  });
});

it('trains as many parameters of each part as the architecture has', async () => {
  const model = await create({ head: { imageSkip: false } });
  const convolution = (size: number, input: number, output: number) => size * size * input * output;
  const stage = (input: number, output: number) =>
    convolution(3, input, output) + convolution(3, output, output) + convolution(1, input, output) + 4 * output;
  const counted: Record<string, number> = {};
  for (const [name, { size }] of model.network.trainableParameters()) {
    const part = name.split('.')[0]!;
    counted[part] = (counted[part] ?? 0) + size;
  }
  // One layer of width 64 in each tower, adapters of rank 8 on two and three projections, 64 prototypes of 512 words.
  expect(counted).toEqual({
    vision_adapter: 2 * 8 * (64 + 64),
    language_adapter: 3 * 8 * (64 + 64),
    reprogramming: 64 * 512 + 64 + 4 * (64 * 64 + 64),
    head: 64 * 48 + 48 + stage(48, 12) + stage(12, 8) + convolution(3, 8, 1) + 1,
  });
});

describe('save and load', () => {
  it('take half the space in half precision, for predictions that hardly differ', async () => {
    const model = await create();
    await model.trainStep([example(1)]);
    const sizes: number[] = [];
    for (const halfPrecision of [false, true]) {
      const path = join(folder.path, `half-${halfPrecision}`);
      await model.save(path, { halfPrecision });
      const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith('.safetensors'));
      sizes.push(
        (await Promise.all(files.map(async (file) => (await stat(join(path, file))).size))).reduce((a, b) => a + b),
      );
    }
    expect(sizes[1]! / sizes[0]!).toBeLessThan(0.55);
    const loaded = await loadModel(join(folder.path, 'half-true'));
    const [half, full] = [await loaded.predict(waves(1)), await model.predict(waves(1))];
    const ratios = half.depth.map((metres, at) => metres / full.depth[at]!);
    expect(Math.max(...ratios) - 1).toBeLessThan(0.01);
    expect(Math.min(...ratios) - 1).toBeGreaterThan(-0.01);
    expect(half.depth).not.toEqual(full.depth);
  });

  it('give the same predictions bit for bit', async () => {
    const model = await create();
    await model.trainStep([example(1)]);
    await model.save(join(folder.path, 'saved'));
    expect((await readdir(join(folder.path, 'saved'), { recursive: true })).sort()).toEqual([
      'SHA256SUMS',
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
    const loaded = await loadModel(join(folder.path, 'saved'));
    expectSameDepth(await loaded.predict(waves(5)), await model.predict(waves(5)));
    // A second time over the first.
    model.network.eval();
    for (const adapters of Object.values(model.network.adapters)) adapters.merge();
    await model.save(join(folder.path, 'saved'));
    const again = await loadModel(join(folder.path, 'saved'));
    expectSameDepth(await again.predict(waves(5)), await loaded.predict(waves(5)));
    expect((await readdir(folder.path)).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('write only what was trained where the towers are pretrained', async () => {
    const model = await loadModel(tinyModelFiles());
    // The tiny BERT reads 64 tokens, fewer than a prompt has in its small vocabulary.
    model.configuration.prompt.style = 'none';
    await model.save(join(folder.path, 'pretrained'));
    const files = (await readdir(join(folder.path, 'pretrained'))).sort();
    expect(files).toEqual(['SHA256SUMS', 'config.json', 'language_adapter', 'model.safetensors', 'vision_adapter']);
    const { vision, model_type: type } = JSON.parse(
      await readFile(join(folder.path, 'pretrained/config.json'), 'utf8'),
    );
    expect(type).toBe('llm-mde');
    expect(vision.pretrained).toMatch(/tiny-vit$/);
    const loaded = await loadModel(join(folder.path, 'pretrained'));
    expectSameDepth(await loaded.predict(waves(5)), await model.predict(waves(5)));
  });

  it('refuse a model with a missing, unexpected or mismatched tensor, by name', async () => {
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
      loadModel(tinyModelFiles({ 'model.safetensors': encodeSafetensors(state) }));
    const before = tf.memory().numTensors;
    const without = await tensors();
    without.delete('head.output.bias');
    await expect(load(without)).rejects.toThrow('head.output.bias');
    const unexpected = await tensors();
    unexpected.set('head.unknown', { shape: [1], data: new Float32Array(1) });
    await expect(load(unexpected)).rejects.toThrow('head.unknown');
    const mismatched = await tensors();
    mismatched.set('head.output.bias', { shape: [2], data: new Float32Array(2) });
    await expect(load(mismatched)).rejects.toThrow('output.bias');
    const notFinite = await tensors();
    notFinite.set('head.output.bias', { shape: [1], data: Float32Array.of(Number.NaN) });
    await expect(load(notFinite)).rejects.toThrow('tensor "head.output.bias" holds NaN');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('say which file is missing or wrong', async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const load = (changes: Record<string, Uint8Array | undefined>) => loadModel(tinyModelFiles(changes));
    await expect(loadModel(join(folder.path, 'nowhere'))).rejects.toThrow(
      'nowhere does not exist: give the folder of a run or of a saved model, one of rooms-small, tiny, or a',
    );
    await expect(load({ 'config.json': bytes('{') })).rejects.toThrow('config.json of tiny-model is not valid JSON');
    await expect(load({ 'config.json': bytes('{"model_type":"bert"}') })).rejects.toThrow(
      '"model_type" is "bert", expected "llm-mde"',
    );
    await expect(load({ 'model.safetensors': undefined })).rejects.toThrow(
      'The model in tiny-model is incomplete: model.safetensors is missing.',
    );
    await expect(load({ 'vision_adapter/adapter_config.json': bytes('{}') })).rejects.toThrow(
      'vision_adapter/ of tiny-model:',
    );
    const config = new TextDecoder().decode(await tinyModelFiles().read('config.json'));
    await expect(load({ 'config.json': bytes(config.replace(/"rank":\s*\d+/, '"rank":77')) })).rejects.toThrow(
      '"vision.lora" in config.json has 77 and',
    );
  });

  it('find the best checkpoint of a run, and refuse a damaged file by name', async () => {
    const model = await create();
    await model.save(join(folder.path, 'run/best'));
    const loaded = await loadModel(join(folder.path, 'run'));
    expectSameDepth(await loaded.predict(waves(5)), await model.predict(waves(5)));
    const damaged = join(folder.path, 'run/best/vision_adapter/adapter_model.safetensors');
    const content = await readFile(damaged);
    content[content.length - 1]! ^= 4;
    await writeFile(damaged, content);
    const { numTensors } = tf.memory();
    await expect(loadModel(join(folder.path, 'run'))).rejects.toThrow(
      /^vision_adapter\/adapter_model\.safetensors of .*run\/best is damaged: its SHA-256 is not the one in SHA256SUMS/,
    );
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('take their turn among training steps', async () => {
    const [model, other] = [await create(), await create()];
    await other.trainStep([example(1)]);
    const [, , , state] = await Promise.all([
      model.trainStep([example(1)]),
      model.save(join(folder.path, 'between')),
      model.trainStep([example(2)]),
      model.optimizerState(),
      model.dispose(),
    ]);
    expect(state.steps).toBe(2);
    const saved = await loadModel(join(folder.path, 'between'));
    expectSameDepth(await saved.predict(waves(5)), await other.predict(waves(5)));
  });

  it('leave nothing behind where a tower cannot be opened', async () => {
    const { numTensors } = tf.memory();
    const vision = { fullFineTuning: true };
    const absent = { pretrained: join(folder.path, 'absent'), lora: null };
    await expect(create({ vision, language: absent })).rejects.toThrow('There is no folder');
    await expect(create({ vision, imageSize: 36 })).rejects.toThrow('should be a multiple of the vision encoder');
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

/** Bit for bit; on a GPU, which adds up in any order, to the last bits. */
function expectSameDepth(actual: Prediction, expected: Prediction): void {
  if (process.env.LLM_MDE_DEVICE === 'webgpu') expectSameNumbers([actual.depth], [expected.depth]);
  else expect(actual.depth).toEqual(expected.depth);
}

describe('initFrom', () => {
  it('initializes from all that a saved model learned, its adapters merged, and trains on', async () => {
    const image = waves(5, 20, 16);
    const trained = await create();
    await trained.trainStep([example(1)]);
    const before = await trained.predict(image);
    await trained.save(join(folder.path, 'start'));
    // Another seed, and no adapters: everything comes from the saved model.
    const model = await create({ seed: 9, vision: { lora: null }, language: { lora: null } });
    expect(largestDifference((await model.predict(image)).depth, before.depth)).toBeGreaterThan(0.01);
    await model.initFrom(join(folder.path, 'start'));
    expect(largestDifference((await model.predict(image)).depth, before.depth)).toBeLessThan(1e-4);
    const { step } = await model.trainStep([example(1)]);
    expect(step).toBe(1);
    expect(largestDifference((await model.predict(image)).depth, before.depth)).toBeGreaterThan(1e-3);
  });

  it('continues the adapters of pretrained towers, so that saving keeps what was learned', async () => {
    const image = waves(5, 20, 16);
    const trained = await loadModel(tinyModelFiles());
    trained.configuration.prompt.style = 'none';
    for (let step = 0; step < 3; step++) await trained.trainStep([example(1)]);
    await trained.save(join(folder.path, 'pretrained-start'));
    const expected = await trained.predict(image);
    const model = await createModel({ ...trained.configuration, seed: 9 });
    await model.initFrom(join(folder.path, 'pretrained-start'));
    expect(largestDifference((await model.predict(image)).depth, expected.depth)).toBeLessThan(1e-5);
    await model.save(join(folder.path, 'pretrained-continued'));
    const loaded = await loadModel(join(folder.path, 'pretrained-continued'));
    expect(largestDifference((await loaded.predict(image)).depth, expected.depth)).toBeLessThan(1e-5);
    const other = await create();
    await other.save(join(folder.path, 'own-towers'));
    await expect(model.initFrom(join(folder.path, 'own-towers'), ['vision'])).rejects.toThrow(
      /its tower is the saved model's own, and this model's is .*tiny-vit, whose weights are not saved with it/,
    );
  });

  it('initializes the modules that are named and leaves the others, and no tensor behind', async () => {
    const source = await create({ seed: 3 });
    await source.save(join(folder.path, 'towers'));
    const model = await create();
    const head = await model.network.head.stateDict();
    await model.initFrom(join(folder.path, 'towers'), ['vision', 'language']);
    expect(await model.network.vision.stateDict()).toEqual(await source.network.vision.stateDict());
    expect(await model.network.head.stateDict()).toEqual(head);
    const { numTensors } = tf.memory();
    await model.initFrom(join(folder.path, 'towers'), ['vision', 'language']);
    expect(tf.memory().numTensors).toBe(numTensors);
    // The words alone, where the language model is left out.
    const without = await create({ language: { mode: 'absent', lora: null } });
    await without.initFrom(join(folder.path, 'towers'), ['language']);
    expect([...(await without.network.language.wordEmbeddings.data())]).toEqual([
      ...(await source.network.language.wordEmbeddings.data()),
    ]);
  });

  it('keeps what it loaded where adapters were merged before', async () => {
    const source = await create({ seed: 3 });
    await source.save(join(folder.path, 'other'));
    const model = await create();
    model.network.eval().adapters.vision!.merge();
    await model.initFrom(join(folder.path, 'other'), ['vision']);
    model.network.adapters.vision!.unmerge();
    expect(await model.network.vision.stateDict()).toEqual(await source.network.vision.stateDict());
  });

  it('refuses a module of another shape, by name', async () => {
    const source = await create({ head: { channels: [8] } });
    await source.save(join(folder.path, 'small-head'));
    const model = await create();
    await expect(model.initFrom(join(folder.path, 'small-head'), ['head'])).rejects.toThrow(
      /^The module "head" of the model in .*small-head does not fit: .*stages\.0\.conv1\.weight/s,
    );
  });
});
