import { expect, it } from 'vitest';
import { colorizeErrors, shrinkImage, shrinkMap } from './pictures.js';

it('shrinks photographs by the mean of a block, and maps by one of it', () => {
  const gray = (values: number[]) => values.flatMap((value) => [value, value, value]);
  const image = { data: Uint8Array.from(gray([0, 10, 20, 30, 40, 50, 60, 70])), width: 4, height: 2 };
  expect(shrinkImage(image, 2)).toEqual({ data: Uint8Array.from(gray([25, 45])), width: 2, height: 1 });
  expect([...shrinkMap([1, 2, 3, 4, 5, 6, 7, 8], image, 2)]).toEqual([6, 8]);
});

it('colors errors blue below 0, white at 0, red above, and gray where there are none', () => {
  const picture = [...colorizeErrors([-9, 0, 0.25, 0.5, Number.NaN], 0.5)];
  expect(picture).toEqual([
    ...[5, 113, 176],
    ...[247, 247, 247],
    ...[244, 165, 130],
    ...[202, 0, 32],
    ...[128, 128, 128],
  ]);
});
