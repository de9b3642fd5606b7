import { memoryFiles } from '@llm-mde/checkpoints';
import { expect, it } from 'vitest';
import { readModelFacts } from './model-facts.js';

const facts = (config: object, card?: string) => {
  const files = { 'config.json': JSON.stringify(config), ...(card !== undefined && { 'README.md': card }) };
  const encoder = new TextEncoder();
  return readModelFacts(
    memoryFiles(new Map(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])), 'a model'),
  );
};

it.each<[object, object]>([
  [{ model_type: 'depth_anything' }, { unit: 'relative' }],
  [{ model_type: 'depth_anything', depth_estimation_type: 'relative', max_depth: 1 }, { unit: 'relative' }],
  [
    { model_type: 'depth_anything', depth_estimation_type: 'metric', max_depth: 20 },
    { unit: 'metre', maximumDepth: 20 },
  ],
  [{ model_type: 'dpt', depth_estimation_type: null }, { unit: 'relative' }],
  [
    { model_type: 'glpn', max_depth: 10 },
    { unit: 'metre', maximumDepth: 10 },
  ],
])('tells relative depth from metres: %j', async (config, expected) => {
  expect(await facts(config)).toEqual(expected);
});

it('refuses a kind of depth that it does not know', async () => {
  await expect(facts({ depth_estimation_type: 'ordinal' })).rejects.toThrow(
    'config.json of a model has the depth_estimation_type "ordinal"',
  );
});

it.each<[string | undefined, string | undefined]>([
  ['---\nlibrary_name: transformers.js\nlicense: apache-2.0\n---\n# Depth', 'apache-2.0'],
  ['---\r\nlicense: "cc-by-nc-4.0"  # not for sale\r\n---\r\n', 'cc-by-nc-4.0'],
  ['---\nlicense:\n- mit\ntags:\n- depth\n---\n', 'mit'],
  ['---\nlicense: other\nlicense_name: apple-amlr\n---\n', 'apple-amlr'],
  ['---\ntags: []\n---\nlicense: mit\n', undefined],
  ['# Depth\n\nlicense: mit\n', undefined],
  [undefined, undefined],
])('reads the license of the card %j', async (card, license) => {
  expect((await facts({}, card)).license).toBe(license);
});
