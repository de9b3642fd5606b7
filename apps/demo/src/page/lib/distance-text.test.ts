import { expect, it } from 'vitest';
import { distanceText } from './distance-text.js';

it.each([
  [2.413, 0.53, '2.4 m', '± 0.5 m'],
  [2.413, 1.28, '2.4 m', '± 1.3 m'],
  [3.05, 1.6, '3.0 m', '± 1.6 m'],
  [0.3129, 0.091, '0.31 m', '± 0.09 m'],
  [8.2, 2.4, '8 m', '± 2 m'],
  [23.4, 12.2, '23 m', '± 12 m'],
  [0.0123, 0.0012, '0.012 m', '± 0.001 m'],
])('%d m, off by %d m', (metres, error, value, interval) => {
  expect(distanceText(metres, error)).toEqual({ value, interval });
});

it.each([
  [2.413, '2.4 m'],
  [0.853, '0.85 m'],
  [12.34, '12 m'],
  [0, '0.0 m'],
])('%d m, whose error is not known, has two digits', (metres, value) => {
  expect(distanceText(metres)).toEqual({ value, interval: undefined });
});
