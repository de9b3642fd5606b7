import { expect, it } from 'vitest';
import { parseSize, sizeOf } from './sizes.js';

it('knows common names, adds, and takes what is given', () => {
  const given = new Map([parseSize('batch_size=4')]);
  expect(sizeOf(7, given)).toBe(7);
  expect(sizeOf('batch_size', given)).toBe(4);
  expect(sizeOf('past_sequence_length + sequence_length', given)).toBe(18);
  expect(sizeOf('past_sequence_length + 1', given)).toBe(3);
  expect(sizeOf('height', given)).toBe(224);
  expect(sizeOf('something', given)).toBe(1);
  expect(sizeOf(undefined, given)).toBe(1);
  expect(() => parseSize('batch_size')).toThrow(/not of the form name=number/);
});
