import { memoryFiles } from '@llm-mde/checkpoints';
import { expect, it } from 'vitest';
import { modelCardText, readModelCard } from './model-card.js';
import { MODEL_CARD_FILE } from './saved-files.js';

const filesOf = (card: string | undefined, folder = '') => {
  const texts = { [`${folder}config.json`]: '{}', ...(card !== undefined && { [folder + MODEL_CARD_FILE]: card }) };
  const encode = ([path, text]: [string, string]) => [path, new TextEncoder().encode(text)] as const;
  return memoryFiles(new Map(Object.entries(texts).map(encode)), 'my-model');
};

it('is a sentence on what the model was trained on and its typical error', async () => {
  const photographs = { frames: 199, sets: 9, delta1: 0.35, absRel: 0.526 };
  const card = await readModelCard(filesOf(JSON.stringify({ trainedOn: 'rendered rooms only', photographs })));
  expect(modelCardText(card!)).toBe(
    'Trained on rendered rooms only; on photographs (199 of 9 sets) its metres are off by 53 % on average (AbsRel 0.526, delta1 0.350).',
  );
  const test = { frames: 20, delta1: 0.9, absRel: 0.1 };
  expect(modelCardText({ trainedOn: 'my-room (40 frames)', test })).toBe(
    'Trained on my-room (40 frames); on 20 test frames its metres are off by 10 % on average (AbsRel 0.100, delta1 0.900).',
  );
  expect(modelCardText({ trainedOn: 'my-room' }, { depthScale: 2 })).toBe('Trained on my-room.');
  expect(modelCardText({ trainedOn: 'my-room', test }, { depthScale: 2 })).toMatch(/, before it was calibrated\.$/);
});

it("is found in a run's folder, and nothing is invented where there is none", async () => {
  expect(await readModelCard(filesOf('{"trainedOn":"x"}', 'best/'))).toEqual({ trainedOn: 'x' });
  expect(await readModelCard(filesOf(undefined))).toBeUndefined();
});

it.each([
  ['{', 'is not valid JSON'],
  ['{}', 'has a wrong value for "trainedOn"'],
  ['5', 'has a wrong value for "trainedOn"'],
  [
    '{"trainedOn":"x","photographs":{"frames":3,"sets":1,"delta1":"high","absRel":1}}',
    'a wrong value for "photographs.delta1"',
  ],
])('that is %s is refused', async (content, message) => {
  await expect(readModelCard(filesOf(content))).rejects.toThrow(message);
  await expect(readModelCard(filesOf(content))).rejects.toThrow(
    /^model-card\.json of my-model .*: correct or delete it\.$/,
  );
});
