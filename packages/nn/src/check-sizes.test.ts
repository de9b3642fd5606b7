import { expect, it } from 'vitest';
import { checkSizes } from './check-sizes.js';

it('takes sizes that a network may have', () => {
  checkSizes('A network', { features: 1, vocabularySize: 2 ** 24, layerCount: 0 });
});

it.each([
  [{ features: 3, headCount: 0 }, 'A network expects a positive integer as headCount, got 0.'],
  [{ features: 1.5 }, 'A network expects a positive integer as features, got 1.5.'],
  [{ layerCount: -1 }, 'A network expects a positive integer as layerCount, got -1.'],
  [{ layerCount: 1001 }, 'A network expects at most 1000 as layerCount, got 1001.'],
  [{ features: 2 ** 24 + 1 }, 'A network expects at most 16777216 as features, got 16777217.'],
])('refuses %j', (sizes, message) => {
  expect(() => checkSizes('A network', sizes as Record<string, number>)).toThrow(message);
});
