import * as z from 'zod/mini';

// The error message of each rule says what a value should be.

/** An object without other keys. */
export function section<Shape extends z.core.$ZodShape>(shape: Shape, expected = 'an object') {
  const known = `known keys are ${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? known : expected) });
}

/** @param largest What no sensible model has more of: a damaged file must not ask for all memory. */
export const count = (largest: number, expected = 'a positive integer') =>
  z.int(expected).check(z.positive(expected), z.lte(largest, `${expected} up to ${largest}`));
export const positive = (largest: number, expected = 'a positive number') =>
  z.number(expected).check(z.positive(expected), z.lte(largest, `${expected} up to ${largest}`));
export const text = (expected = 'a non-empty string') => z.string(expected).check(z.regex(/\S/, expected));
export const boolean = () => z.boolean('true or false');
export const list = <Item extends z.core.$ZodType>(item: Item, expected: string) =>
  z.array(item, expected).check(z.minLength(1, expected));
export const inRange = (smallest: number, largest: number, expected = `in [${smallest}, ${largest}]`) =>
  z.number(expected).check(z.gte(smallest, expected), z.lte(largest, expected));
export const notNegative = z.number('a number of at least 0').check(z.gte(0, 'a number of at least 0'));
export const probability = z.number('in [0, 1)').check(z.gte(0, 'in [0, 1)'), z.lt(1, 'in [0, 1)'));
export const oneOf = <const Names extends readonly string[]>(...names: Names) =>
  z.enum(names, `one of ${names.map((name) => `"${name}"`).join(', ')}`);
