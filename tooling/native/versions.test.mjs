import { expect, it } from 'vitest';
import { meetsMinimum, pythonFits } from './versions.mjs';

it.each([
  ['2.20.1', false],
  ['2.3.0', false],
  ['2.21.0', true],
  ['2.100.0', true],
  ['3.0.0', true],
])('TensorFlow %s is new enough: %s', (version, expected) => {
  expect(meetsMinimum(version)).toBe(expected);
});

it.each([
  ['3.9.18', undefined, false],
  ['3.10.0', undefined, true],
  ['3.13.2', undefined, true],
  ['3.14.0', undefined, false],
  ['3.14.0', '2.30.0', true],
  ['3.9.18', '2.30.0', false],
])('Python %s fits TensorFlow %s: %s', (python, tensorflow, expected) => {
  expect(pythonFits(python, tensorflow)).toBe(expected);
});
