import { expect, it } from 'vitest';
import { attentionTo, sharedAttention } from './attention.js';

const patches = [
  [
    { prototype: 4, weight: 0.5 },
    { prototype: 7, weight: 0.25 },
  ],
  [{ prototype: 7, weight: 0.75 }],
  [{ prototype: 1, weight: 0.5 }],
];
const words = { rows: 1, columns: 3, patches, words: {} };

it('shows which patches attend to a prototype', () => {
  expect([...attentionTo(words, 7)]).toEqual([0.25, 0.75, 0]);
});

it('compares the attention of patches', () => {
  const shared = sharedAttention(words, 0);
  expect(shared[0]).toBe(1);
  expect(shared[1]).toBeCloseTo(0.25 / 0.75, 6);
  expect(shared[2]).toBe(0);
});
