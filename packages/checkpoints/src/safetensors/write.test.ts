import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataType, NumericArray } from './data-types.js';
import { SafetensorsError } from './error.js';
import { SafetensorsFile } from './file.js';
import { encodeSafetensors, type TensorToWrite, writeSafetensors } from './write.js';

const folder = temporaryFolder();

const ARRAYS: Partial<
  Record<DataType, new (buffer: ArrayBuffer, byteOffset?: number, length?: number) => NumericArray>
> = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
};

/** The tensors of a file for whose type there is an array. */
async function naturalTensors(file: SafetensorsFile): Promise<[string, TensorToWrite][]> {
  const tensors: [string, TensorToWrite][] = [];
  for (const [name, { dtype, shape }] of file.tensors) {
    const type = ARRAYS[dtype];
    if (type) tensors.push([name, { shape, data: new type((await file.readBytes(name)).buffer) }]);
  }
  return tensors;
}

describe('encodeSafetensors', () => {
  it('writes what the reference implementation writes, byte for byte', async () => {
    for (const path of ['lora/fixtures/bert/adapter_model', 'language-model/fixtures/tiny-bert/goldens']) {
      const original = await readFile(new URL(`../../../${path}.safetensors`, import.meta.url));
      const file = await SafetensorsFile.fromBytes(original);
      const tensors = await naturalTensors(file);
      expect(tensors).toHaveLength(file.tensors.size);
      const metadata = Object.keys(file.metadata).length > 0 ? file.metadata : undefined;
      expect(Buffer.from(encodeSafetensors(tensors.reverse(), { metadata })).equals(original)).toBe(true);
    }
  });

  it('orders tensors of different types as the reference implementation does', async () => {
    const original = await SafetensorsFile.open(
      fileURLToPath(new URL('../../fixtures/every-dtype.safetensors', import.meta.url)),
    );
    const tensors = await naturalTensors(original);
    const file = await SafetensorsFile.fromBytes(encodeSafetensors([...tensors].reverse()));
    const byPlace = ({ tensors }: SafetensorsFile) =>
      [...tensors].sort(([, one], [, other]) => one.byteOffset - other.byteOffset).map(([name]) => name);
    expect(byPlace(file)).toEqual(byPlace(original).filter((name) => file.tensors.has(name)));
    for (const [name] of tensors) expect(await file.readBytes(name)).toEqual(await original.readBytes(name));
    await original.close();
  });

  it('is read back by this package as it was, for any names and shapes', async () => {
    const tensor = fc
      .tuple(
        fc.constantFrom(...Object.values(ARRAYS)),
        fc.array(fc.nat(4), { maxLength: 3 }),
        fc.infiniteStream(fc.uint8Array({ minLength: 8, maxLength: 8 })),
      )
      .map(([type, shape, bytes]) => {
        const size = shape.reduce((product, length) => product * length, 1);
        const content = Uint8Array.from(Array.from({ length: size }, () => [...bytes.next().value]).flat());
        return { shape, data: new type(content.buffer, 0, size) };
      });
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, tensor), async (tensors) => {
        const bytes = encodeSafetensors(Object.entries(tensors));
        const file = await SafetensorsFile.fromBytes(bytes);
        expect(file.tensors.size).toBe(Object.keys(tensors).length);
        for (const [key, { shape, data }] of Object.entries(tensors)) {
          const { byteOffset, byteLength, ...found } = file.tensors.get(key)!;
          expect(found.shape).toEqual(shape);
          expect(byteOffset % data.BYTES_PER_ELEMENT).toBe(0);
          expect(byteLength).toBe(data.byteLength);
          expect(await file.readBytes(key)).toEqual(new Uint8Array(data.buffer.slice(0, data.byteLength)));
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('writes only the part of a buffer that an array shows', async () => {
    const data = new Float32Array(Float32Array.of(1, 2, 3, 4).buffer, 4, 2);
    const file = await SafetensorsFile.fromBytes(encodeSafetensors([['x', { shape: [2], data }]]));
    expect(await file.read('x')).toEqual(Float32Array.of(2, 3));
  });

  it.each<[string, [string, TensorToWrite][], string]>([
    [
      'too few values',
      [['x', { shape: [2, 2], data: new Float32Array(3) }]],
      'tensor "x" has the shape [2,2], 4 values, but 3 were given.',
    ],
    ['a negative size', [['x', { shape: [-1], data: new Float32Array(1) }]], 'tensor "x" has the shape [-1]'],
    [
      'the name that is taken',
      [['__metadata__', { shape: [1], data: new Float32Array(1) }]],
      'the format keeps that name for itself',
    ],
    ['a name that is not Unicode', [['\ud800', { shape: [1], data: new Float32Array(1) }]], 'is not valid Unicode'],
    [
      'the same name twice',
      [
        ['x', { shape: [1], data: new Float32Array(1) }],
        ['x', { shape: [1], data: new Float32Array(1) }],
      ],
      'tensor "x" is given twice.',
    ],
    [
      'data that is a list',
      [['x', { shape: [1], data: [1] as unknown as Float32Array }]],
      'tensor "x" its data is not a typed array.',
    ],
  ])('refuses %s', (_, tensors, message) => {
    expect(() => encodeSafetensors(tensors)).toThrow(SafetensorsError);
    expect(() => encodeSafetensors(tensors)).toThrow(message);
  });
});

describe('writeSafetensors', () => {
  it('writes the same bytes, and nothing else', async () => {
    const path = join(folder.path, 'model.safetensors');
    const tensors = new Map([
      ['x', { shape: [3], data: Float32Array.of(1, 2, 3) }],
      ['y', { shape: [], data: Uint8Array.of(1) }],
    ]);
    await writeSafetensors(path, tensors, { metadata: { format: 'pt' } });
    expect(new Uint8Array(await readFile(path))).toEqual(encodeSafetensors(tensors, { metadata: { format: 'pt' } }));
    expect(await readdir(folder.path)).toEqual(['model.safetensors']);
  });

  it('leaves what was there if it cannot', async () => {
    const path = join(folder.path, 'model.safetensors');
    await writeFile(path, 'before');
    await expect(writeSafetensors(path, [['x', { shape: [2], data: new Float32Array(3) }]])).rejects.toThrow(
      SafetensorsError,
    );
    expect(await readFile(path, 'utf8')).toBe('before');
    expect(await readdir(folder.path)).toEqual(['model.safetensors']);
  });
});
