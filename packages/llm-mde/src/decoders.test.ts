import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '@llm-mde/compile';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expectNoTensorsLeft } from '@llm-mde/tooling-vitest/testing/tensors';
import { expect, it } from 'vitest';
import { configure } from './configuration/configuration.js';
import { preset } from './configuration/presets.js';
import { LlmMde } from './llm-mde.js';
import { example, largestDifference } from './testing/patterns.js';
import { createModel, giveAdaptersValues, loadModel, smallConfiguration } from './testing/small-model.js';

const folder = temporaryFolder();
const decoder = (name: string) => fileURLToPath(new URL(`../../language-model/fixtures/${name}`, import.meta.url));

const configuration = (name: string, attention?: 'full') =>
  configure(smallConfiguration(), {
    language: {
      pretrained: decoder(name),
      configuration: undefined,
      lora: { rank: 2, alpha: 4, dropout: 0 },
      ...(attention && { attention }),
    },
    prompt: { style: 'fixed', dataset: 'Rooms.', task: 'Find the depth.' },
    reprogramming: { ...preset('tiny').reprogramming, mapping: 'low-rank' },
    imageSize: 16,
  });

it('a decoder reads prompt and patches, is trained by its adapters, and is saved with them', async () => {
  const model = await createModel(configuration('tiny-llama'), { compiler: compile });
  const { language, adapters } = model.network;
  expect([language.isDecoder, language.attention]).toEqual([true, 'causal']);
  expect(adapters.language!.layersOf('default').map(({ path }) => path.split('.').at(-1))).toContain('q_proj');
  const losses = [];
  for (let step = 0; step < 6; step++) losses.push((await model.trainStep([example(1)], { learningRate: 0.01 })).loss);
  expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
  await expectNoTensorsLeft(() => model.trainStep([example(1)]));
  await model.save(join(folder.path, 'saved'));
  const saved = await loadModel(join(folder.path, 'saved'));
  const { depth, prompt } = await model.predict(example(1).image);
  expect(prompt).toContain('Find the depth.');
  expect(largestDifference((await saved.predict(example(1).image)).depth, depth)).toBeLessThan(1e-4);
  expect(saved.configuration.language.pretrained).toBe(decoder('tiny-llama'));
});

it('a decoder that sees all tokens predicts something else', async () => {
  const depths = [];
  for (const attention of [undefined, 'full'] as const) {
    // Which has no tokenizer.
    const model = await createModel(configure(configuration('tiny-gpt2', attention), { prompt: { style: 'none' } }));
    giveAdaptersValues(model);
    depths.push((await model.predict(example(1).image)).depth);
  }
  expect(largestDifference(depths[0]!, depths[1]!)).toBeGreaterThan(1e-4);
});

it('a prompt and an image that the language model cannot read whole are refused at once', async () => {
  const long = { prompt: { style: 'fixed', dataset: 'Rooms. '.repeat(150), task: 'Find the depth.' } } as const;
  await expect(LlmMde.create(configure(configuration('tiny-llama'), long))).rejects.toThrow(
    /^The prompt takes \d+ tokens and an "imageSize" of 16 4 patches, but the language model reads at most 512 tokens: shorten/,
  );
});
