import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countingSource } from '../testing/counting-source.js';
import { rawFile } from '../testing/raw-file.js';
import { memorySource } from './byte-source.js';
import { SafetensorsError } from './error.js';
import { SafetensorsFile } from './file.js';
import { encodeSafetensors } from './write.js';

/** Files to start from: every data type, as Python wrote it, and a small one, of which each byte is hit often. */
const ORIGINALS = [
  new Uint8Array(readFileSync(new URL('../../fixtures/every-dtype.safetensors', import.meta.url))),
  encodeSafetensors(
    [
      ['a.weight', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ['b', { shape: [1], data: BigInt64Array.of(5n) }],
    ],
    { metadata: { format: 'pt' } },
  ),
];

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** What headers are made of, so that mutants get past the parser of JSON. */
const SYNTAX = [...'"{}[],:\\-.019 \0', 'e9', '99999999', '18446744073709551616'];
const WORDS = ['"F64"', '"BOOL"', '"x":{}', 'null', 'true', '__proto__'];
const text = fc.oneof(fc.constantFrom(...SYNTAX), fc.constantFrom(...WORDS));
const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 16 }),
  text.map((characters) => new TextEncoder().encode(characters)),
);
type Mutation = (bytes: Uint8Array) => Uint8Array;
const inserted = fc.record({ at: position, removed: fc.constant(0), content: piece });
const replaced = fc.tuple(position, piece).map(([at, content]) => ({ at, removed: content.length, content }));
const removed = fc.record({ at: position, removed: fc.nat(40), content: fc.constant(new Uint8Array(0)) });
const cutOff = fc.record({ at: position, removed: fc.constant(Infinity), content: fc.constant(new Uint8Array(0)) });
const spliced = fc.oneof(inserted, replaced, removed, cutOff).map(
  (change): Mutation =>
    (bytes) =>
      splice(bytes, change),
);
const flipped = fc.record({ at: position, bit: fc.nat(7) }).map(({ at, bit }): Mutation => {
  return (bytes) => bytes.map((byte, index) => (index === Math.floor(at * bytes.length) ? byte ^ (1 << bit) : byte));
});
const resized = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2000n })).map(
  (length): Mutation =>
    (bytes) =>
      withLength(bytes, length),
);
const mutation = fc.oneof(
  { weight: 4, arbitrary: spliced },
  { weight: 1, arbitrary: flipped },
  { weight: 2, arbitrary: resized },
);

/** Valid JSON of the right form, whose numbers are arbitrary. */
const plausible = fc
  .tuple(
    fc.dictionary(
      fc.string({ maxLength: 4 }),
      fc.record({
        dtype: fc.constantFrom('F64', 'F32', 'F16', 'BF16', 'I64', 'U64', 'U32', 'I8', 'BOOL', 'F8_E4M3', 'C64', 'F4'),
        shape: fc.array(fc.oneof(fc.nat(4), fc.constantFrom(2 ** 31, 2 ** 53, -1, 0.5)), { maxLength: 4 }),
        data_offsets: fc.tuple(fc.nat(32), fc.nat(32)),
      }),
      { maxKeys: 3 },
    ),
    fc.nat(64),
  )
  .map(([header, dataLength]) => rawFile(header, dataLength).fill(255, -dataLength || undefined));

const DTYPES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, U64: 8, U32: 4, I8: 1, BOOL: 1, F8_E4M3: 1, C64: 8 };

/** Whole files with arbitrary data, of which many are then changed in one place. */
const consistent = fc
  .tuple(
    fc.dictionary(
      fc.string({ maxLength: 4 }).filter((name) => name !== '__metadata__'),
      fc.record({
        dtype: fc.constantFrom(...(Object.keys(DTYPES) as (keyof typeof DTYPES)[])),
        shape: fc.array(fc.nat(3), { maxLength: 3 }),
      }),
      { maxKeys: 4 },
    ),
    fc.infiniteStream(fc.nat(255)),
    fc.option(mutation, { freq: 1 }),
  )
  .map(([tensors, bytes, mutate]) => {
    let end = 0;
    const header = Object.entries(tensors).map(([name, { dtype, shape }]) => {
      const start = end;
      end += shape.reduce((product, length) => product * length, DTYPES[dtype]);
      return [name, { dtype, shape, data_offsets: [start, end] }];
    });
    const file = rawFile(Object.fromEntries(header), end);
    for (let index = file.length - end; index < file.length; index++) file[index] = bytes.next().value;
    return mutate ? mutate(file) : file;
  });

const mutated = fc
  .tuple(fc.constantFrom(...ORIGINALS), fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([original, mutations]) => mutations.reduce<Uint8Array>((bytes, mutate) => mutate(bytes), original));

const file = fc.oneof(
  { weight: 3, arbitrary: mutated },
  { weight: 1, arbitrary: plausible },
  { weight: 1, arbitrary: consistent },
);

describe('10,000 mutated files', () => {
  it('each load or are refused by SafetensorsError, without reading more than there is', async () => {
    const outcomes = { loaded: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(file, async (bytes) => {
        const source = countingSource(memorySource(bytes));
        const before = bytes.slice();
        try {
          const file = await SafetensorsFile.fromSource(source, 'mutant');
          outcomes.loaded++;
          for (const name of file.tensors.keys()) await readTensor(file, name);
        } catch (error) {
          if (!(error instanceof SafetensorsError)) throw error;
          outcomes.refused++;
        }
        // Each byte once in the header, and once for each of the ways to read a tensor.
        const total = source.reads.reduce((sum, length) => sum + length, 0);
        expect(total).toBeLessThanOrEqual(2 * bytes.length);
        expect(Buffer.compare(bytes, before)).toBe(0);
      }),
      { numRuns: 10_000, seed: 20260 },
    );
    // Both happen often, or the mutations test nothing.
    expect(outcomes.loaded).toBeGreaterThan(500);
    expect(outcomes.refused).toBeGreaterThan(5000);
  });
});

/** Integers that do not fit and types without a conversion are refused too, but do not make the file unusable. */
async function readTensor(file: SafetensorsFile, name: string): Promise<void> {
  const { shape } = file.tensors.get(name)!;
  const size = shape.reduce((product, length) => product * length, 1);
  const values = await file.read(name).catch((error: unknown) => {
    if (!(error instanceof SafetensorsError)) throw error;
  });
  if (values) expect(values).toHaveLength(size);
  else await file.readBytes(name);
}

interface Splice {
  at: number;
  removed: number;
  content: Uint8Array;
}

function splice(bytes: Uint8Array, { at, removed, content }: Splice): Uint8Array {
  const start = Math.floor(at * bytes.length);
  return Uint8Array.from([...bytes.subarray(0, start), ...content, ...bytes.subarray(start + removed)]);
}

function withLength(bytes: Uint8Array, length: bigint): Uint8Array {
  const result = bytes.slice();
  if (result.length >= 8) new DataView(result.buffer).setBigUint64(0, length, true);
  return result;
}
