import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { encodePng } from './png.js';

it('writes a color PNG that decodes to the same bytes', () => {
  const { data, ...rest } = decode(encodePng(goldens.colors, goldens.size));
  expect(rest).toMatchObject({ ...goldens.size, channels: 3, depth: 8 });
  expect([...data]).toEqual([...goldens.colors]);
  expect(() => encodePng(goldens.colors.subarray(1), goldens.size)).toThrow('6 by 4 pixels with 3 channels has 72');
});
