import { QuantizeError } from '../error.js';

/** Sizes for the named dimensions of common models. */
const KNOWN: readonly (readonly [RegExp, number])[] = [
  [/^past|past_(decoder_)?sequence/, 2],
  [/batch/, 1],
  [/seq|length/, 16],
  [/height|width/, 224],
  [/channel/, 3],
];

/**
 * A size for a dimension that a model leaves open. Sums such as `past_sequence_length + 1` are computed.
 * @param given Sizes by name, before those that are known.
 */
export function sizeOf(dimension: number | string | undefined, given: ReadonlyMap<string, number>): number {
  if (typeof dimension === 'number') return dimension;
  const name = dimension ?? '';
  const known = given.get(name);
  if (known !== undefined) return known;
  const terms = name.split('+').map((term) => term.trim());
  if (terms.length > 1)
    return terms.reduce((sum, term) => sum + sizeOf(/^\d+$/.test(term) ? Number(term) : term, given), 0);
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
}

/** `name=number`, of a command line. */
export function parseSize(text: string): [string, number] {
  const [, name, number] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (name !== undefined) return [name, Number(number)];
  throw new QuantizeError(`The size "${text}" is not of the form name=number, such as batch_size=1.`);
}
