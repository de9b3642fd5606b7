import { expect } from 'vitest';

/** Lists of numbers that are equal to the last bits, each to 1e-5 of its list's largest: a GPU adds up in any order. */
export function expectSameNumbers(actual: ArrayLike<number>[], expected: ArrayLike<number>[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, values] of expected.entries()) {
    const largest = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    expect(actual[index]!.length, `list ${index}`).toBe(values.length);
    Array.from(values).forEach((value, at) => {
      expect(Math.abs(value - actual[index]![at]!) / largest, `number ${at} of list ${index}`).toBeLessThan(1e-5);
    });
  }
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index++) {
    expect(Math.abs(actual[index]! - expected[index]!), `number ${index}`).toBeLessThan(tolerance);
  }
}
