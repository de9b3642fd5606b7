import { expect, it } from 'vitest';
import { attentionTo, sharedAttention } from './attention.js';

const patches = [
  [
    { prototype: 4, weight: 0.5, timesEven: 4, timesMean: 3 },
    { prototype: 7, weight: 0.25, timesEven: 2, timesMean: 0.75 },
  ],
  [{ prototype: 7, weight: 0.75, timesEven: 6, timesMean: 2.25 }],
  [{ prototype: 1, weight: 0.5, timesEven: 4, timesMean: 3 }],
];
const words = { rows: 1, columns: 3, patches, words: {} };

it('shows which patches attend to a prototype, relative to even attention', () => {
  expect([...attentionTo(words, 7)]).toEqual([2, 6, 0]);
});

it('compares the attention of patches', () => {
  const shared = sharedAttention(words, 0);
  expect(shared[0]).toBe(1);
  expect(shared[1]).toBeCloseTo(0.25 / 0.75, 6);
  expect(shared[2]).toBe(0);
});
