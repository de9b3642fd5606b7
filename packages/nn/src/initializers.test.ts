import { expect, it } from 'vitest';
import { normal } from './initializers.js';

it('normal has the mean, the deviation and the tails of a normal distribution, and follows from the seed', () => {
  const values = normal(0.5)([100, 200], 7);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(mean).toBeCloseTo(0, 1);
  expect(deviation).toBeCloseTo(0.5, 2);
  // Of a normal distribution 4.55 % lie beyond two deviations; of a uniform one none.
  expect(values.filter((value) => Math.abs(value) > 1).length / values.length).toBeCloseTo(0.0455, 2);
  expect(normal(0.5)([100, 200], 7)).toEqual(values);
  expect(normal(0.5)([100, 200], 8)).not.toEqual(values);
});
