import type { AttentionVerdict, TextPrototypes } from '@llm-mde/reprogramming';
import { alignAttention } from '@llm-mde/tooling-vitest/testing/align-attention';
import { describe, expect, it } from 'vitest';
import type { LlmMde } from '../llm-mde.js';
import { waves } from '../testing/patterns.js';
import { createModel, loadModel, smallConfiguration } from '../testing/small-model.js';

const SAYS: Record<AttentionVerdict, RegExp> = {
  even: /almost evenly .*: there is nothing to see\.$/,
  same: /all attend to the same prototypes .*: there is nothing to see about a single patch\.$/,
  chance: /no more than by chance .*: there is nothing to see about a single patch\.$/,
  informative: /to different prototypes .* by more than chance/,
};

async function attentionOf(model: LlmMde) {
  const words = await model.attendedWords(waves(1, 64, 48), { prototypeCount: 3, wordCount: 2 });
  expect(words.attention.sentence).toMatch(SAYS[words.attention.verdict]);
  return words;
}

describe('attention', () => {
  it('of an untrained model is nearly even', async () => {
    const { attention, patches } = await attentionOf(await createModel(smallConfiguration()));
    expect(attention).toMatchObject({ verdict: 'even', prototypeCount: 64 });
    const firsts = patches.map(([first]) => first!.timesEven);
    const mean = firsts.reduce((sum, times) => sum + times, 0) / firsts.length;
    expect(attention.largestTimesEven).toBeCloseTo(mean, 4);
    expect(attention.sentence).toContain(`${Number(mean.toFixed(2))} × even`);
  });

  it('that was built to depend on the patch is found', async () => {
    const model = await createModel(smallConfiguration());
    alignAttention(model.network.reprogramming, 30);
    const { attention, patches } = await attentionOf(model);
    expect(attention.verdict).toBe('informative');
    expect(attention.fromMean).toBeGreaterThan(attention.fromMeanShuffled);
    for (const { weight, timesEven } of patches.flat()) expect(timesEven).toBeCloseTo(64 * weight, 4);
    // The patches' shares beside their mean.
    const weights = await wholeAttention(model);
    for (const [prototype, whole] of weights.entries()) {
      expect(
        whole.reduce((sum, { timesMean }) => sum + timesMean, 0),
        `${prototype}`,
      ).toBeCloseTo(whole.length, 2);
    }
  });

  it('of the model that comes with llm-mde is told as it is measured', async () => {
    const { attention } = await attentionOf(await loadModel('tiny'));
    const { fromEven, fromMean, fromMeanShuffled, verdict } = attention;
    const isUneven = fromEven >= 0.05;
    const differs = fromMean >= 0.05;
    const beatsChance = fromMean > fromMeanShuffled;
    expect(verdict).toBe(!isUneven ? 'even' : !differs ? 'same' : beatsChance ? 'informative' : 'chance');
  });
});

it('tells words that prototypes are close to from those that are nearest by chance', async () => {
  const model = await createModel(smallConfiguration());
  const mapping = model.network.reprogramming.mapping as TextPrototypes;
  const { vocabularySize, tokenizer } = model.network.language;
  // Between [CLS] and [SEP].
  const word = tokenizer.encode('kitchen')[1]!;
  const weights = Float32Array.from(await mapping.weight.value.data());
  // Prototype 3 is mostly this word.
  weights[3 * vocabularySize + word] = 4;
  mapping.weight.load(weights);
  const lists = await model.wordsOf(
    Array.from({ length: 64 }, (_, index) => index),
    2,
  );
  expect(lists[3]![0]).toMatchObject({ isClose: true, tokenId: word });
  expect(lists.filter(([nearest]) => nearest!.isClose).length).toBeLessThan(6);
});

/** Each prototype's attention from all patches. */
async function wholeAttention(model: LlmMde) {
  const { patches } = await model.attendedWords(waves(1, 64, 48), { prototypeCount: 64, wordCount: 1 });
  return Array.from({ length: 64 }, (_, prototype) =>
    patches.map((list) => list.find((entry) => entry.prototype === prototype)!),
  );
}
