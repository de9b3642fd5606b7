import { cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { configure } from '../configuration/configuration.js';
import { preset } from '../configuration/presets.js';
import { LlmMde } from '../llm-mde.js';
import { createModel } from '../testing/small-model.js';

const towers = temporaryFolder();
const VISION = 'tiny-dinov2';
const LANGUAGE = 'tiny-bert';
const configuration = configure(preset('tiny'), {
  vision: { pretrained: `facebook/${VISION}`, configuration: undefined },
  language: { pretrained: `google-bert/${LANGUAGE}`, configuration: undefined },
  prompt: { style: 'fixed', dataset: 'Rooms.', task: 'Find the depth.' },
  imageSize: 28,
});
const at = (...path: string[]) => join(towers.path, ...path);

beforeEach(async () => {
  vi.stubEnv('LLM_MDE_TOWERS', towers.path);
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  vi.stubEnv('HF_HUB_CACHE', at('cache'));
  for (const [kind, name] of [
    ['vision-encoder', VISION],
    ['language-model', LANGUAGE],
  ] as const) {
    const fixture = fileURLToPath(new URL(`../../../${kind}/fixtures/${name}`, import.meta.url));
    await cp(fixture, at(name), { recursive: true });
  }
});
afterEach(() => vi.unstubAllEnvs());

const edit = async (file: string, change: (text: string) => string) =>
  writeFile(at(file), change(await readFile(at(file), 'utf8')));

it('towers are loaded from the folder that LLM_MDE_TOWERS names', async () => {
  // The tiny BERT reads fewer tokens than this prompt has in its small vocabulary.
  const model = await createModel(configure(configuration, { prompt: { style: 'none' } }));
  expect(model.network.language.tokenizer.encode('the depth')).toHaveLength(4);
});

it.each<[string, () => Promise<unknown>, string]>([
  ['no config.json', () => rm(at(VISION, 'config.json')), `/${VISION} has no config.json: give a folder that`],
  [
    'a config.json cut off',
    () => truncate(at(VISION, 'config.json'), 50),
    `config.json of <towers>/${VISION} is not valid JSON`,
  ],
  [
    'no weights',
    () => rm(at(LANGUAGE, 'model.safetensors')),
    `<towers>/${LANGUAGE} has neither model.safetensors nor model.safetensors.index.json. Weights are read from these files only: add them.`,
  ],
  [
    'weights cut off',
    () => truncate(at(VISION, 'model.safetensors'), 30_000),
    `<towers>/${VISION}/model.safetensors: tensor`,
  ],
  [
    'a pointer instead of weights',
    () => writeFile(at(VISION, 'model.safetensors'), 'version https://git-lfs.github.com/spec/v1\nsize 88249960\n'),
    `<towers>/${VISION}/model.safetensors: a pointer of Git LFS is here instead of the weights: fetch them with git lfs pull.`,
  ],
  [
    'another architecture',
    () => edit(`${VISION}/config.json`, (text) => text.replace('"dinov2"', '"swin"')),
    `config.json of <towers>/${VISION} has model_type "swin", which is not a vision encoder that can be read. Expected "vit" or "dinov2".`,
  ],
  [
    "another model's tokenizer",
    () => edit(`${LANGUAGE}/tokenizer.json`, (text) => text.replace('"[PAD]": 0', '"[PAD]": 5000')),
    `tokenizer.json of <towers>/${LANGUAGE} has words up to number 5000, but the model has`,
  ],
  [
    'the towers swapped',
    async () => {
      await rename(at(VISION), at('other'));
      await rename(at(LANGUAGE), at(VISION));
      await rename(at('other'), at(LANGUAGE));
    },
    `config.json of <towers>/${VISION} has model_type "bert", which is not a vision encoder`,
  ],
  [
    'a vision encoder in place of the language model',
    () => cp(at(VISION), at(LANGUAGE), { recursive: true, force: true }),
    `config.json of <towers>/${LANGUAGE} has model_type "dinov2", which is not a language model that can be read. Expected one of bert, gpt2, llama, qwen2.`,
  ],
  [
    'the config.json of another model',
    () => edit(`${LANGUAGE}/config.json`, (text) => text.replace(/"hidden_size": \d+/, '"hidden_size": 64')),
    `The weights of <towers>/${LANGUAGE} do not fit its config.json: take both from one model; nothing was loaded.\nShape mismatch: embeddings.word_embeddings.weight is`,
  ],
  [
    'no tokenizer',
    () => rm(at(LANGUAGE, 'tokenizer.json')),
    `<towers>/${LANGUAGE} has no tokenizer.json, which prompts need: add the one of that model.`,
  ],
  [
    "a tokenizer.json that is no tokenizer's",
    () => writeFile(at(LANGUAGE, 'tokenizer.json'), '{}'),
    `tokenizer.json of <towers>/${LANGUAGE} can't be used: `,
  ],
  [
    'one tower only',
    () => rm(at(LANGUAGE), { recursive: true }),
    `or put a copy of the repository's files into <towers>/${LANGUAGE} (LLM_MDE_TOWERS), which does not exist.`,
  ],
  [
    'no folder',
    async () => vi.stubEnv('LLM_MDE_TOWERS', at('nowhere')),
    `The environment variable LLM_MDE_TOWERS is <towers>/nowhere, which is not a folder: name the one that holds ${VISION}, or unset it.`,
  ],
])('%s: says where, and what to do', async (_, spoil, message) => {
  await spoil();
  const error: Error = await LlmMde.create(configuration).then(
    () => new Error('it was created'),
    (reason) => reason,
  );
  expect(error.message).toContain(message.replaceAll('<towers>', towers.path));
  expect(error.message.split('\n').length).toBeLessThan(10);
});

it('a hub that is down: says so, and how to do without it', async () => {
  vi.stubEnv('LLM_MDE_TOWERS', '');
  vi.stubEnv('HF_HUB_OFFLINE', '');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${port}`);
  await expect(LlmMde.create(configuration)).rejects.toThrow(
    /^facebook\/tiny-dinov2 could not be loaded from http.*ECONNREFUSED.*Check the network, or give a folder with the files: tiny-dinov2 in the folder that the environment variable LLM_MDE_TOWERS names\.$/,
  );
});
