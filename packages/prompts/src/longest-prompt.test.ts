import { describe, expect, it } from 'vitest';
import { buildPrompt, type PromptOptions } from './build-prompt.js';
import { fixedPrompt } from './fixed-prompt.js';
import { longestPrompt } from './longest-prompt.js';

/** Splits as BERT's tokenizer does, and words into pieces of two letters. */
const countPieces = (text: string) =>
  [...text.matchAll(/\w+|[^\w\s]/g)].reduce((sum, [word]) => sum + Math.ceil(word.length / 2), 0);
/** Takes every number with a 7 to pieces. */
const dislikesSeven = (text: string) => text.length + 9 * [...text.matchAll(/7/g)].length;

describe('longestPrompt', () => {
  it.each([
    ['pieces', countPieces, {}],
    ['a vocabulary without some numbers', dislikesSeven, {}],
    ['another data set', countPieces, { dataset: 'Streets of a town.', task: 'Say how deep they are.' }],
  ] as const)('is as long as the longest prompt of any image: %s', (_name, countTokens, options: PromptOptions) => {
    const longest = countTokens(longestPrompt({ style: 'adaptive', ...options }, countTokens));
    const lengths: number[] = [];
    for (let median = 0; median < 256; median++) {
      for (const minimum of new Set([0, 7, 77, median].map((level) => Math.min(level, median)))) {
        for (const maximum of new Set([median, 177, 255].map((level) => Math.max(level, median)))) {
          const data = Uint8Array.of(minimum, median, maximum);
          lengths.push(countTokens(buildPrompt({ data, width: 3, height: 1, channels: 1 }, options).text));
        }
      }
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
    // Not by more than the class that a number may not have.
    expect(longest - Math.max(...lengths)).toBeLessThanOrEqual(3);
    expect(Math.min(...lengths)).toBeLessThan(longest);
  });

  it('is the prompt itself where that does not look at the image', () => {
    expect(longestPrompt({ style: 'fixed', dataset: 'Streets.' }, countPieces)).toBe(
      fixedPrompt({ dataset: 'Streets.' }),
    );
    expect(longestPrompt({ style: 'none' }, countPieces)).toBe('');
  });

  it('is of the style adaptive, as a prompt is, where no style is named', () => {
    expect(longestPrompt({}, countPieces)).toContain('Depth class:');
  });
});
