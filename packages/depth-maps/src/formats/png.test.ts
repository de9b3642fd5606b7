import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { encodePng } from './png.js';

it('writes a colour PNG that decodes to the same bytes', () => {
  const { data, ...rest } = decode(encodePng(goldens.colours, goldens.size));
  expect(rest).toMatchObject({ ...goldens.size, channels: 3, depth: 8 });
  expect([...data]).toEqual([...goldens.colours]);
  expect(() => encodePng(goldens.colours.subarray(1), goldens.size)).toThrow('6 by 4 pixels with 3 channels has 72');
});
