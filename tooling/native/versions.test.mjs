import { expect, it } from 'vitest';
import { pythonFits } from './versions.mjs';

it.each([
  ['3.9.18', false],
  ['3.10.0', true],
  ['3.13.2', true],
  ['3.14.0', false],
  ['2.12.0', false],
])('Python %s fits: %s', (python, expected) => {
  expect(pythonFits(python)).toBe(expected);
});
