import { readFileSync } from 'node:fs';
import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { describe, expect, it } from 'vitest';
import { countingSource } from '../testing/counting-source.js';
import { rawFile } from '../testing/raw-file.js';
import { memorySource, openFileSource } from './byte-source.js';
import { SafetensorsError } from './error.js';
import { SafetensorsFile } from './file.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const folder = temporaryFolder();

describe('a file that Python wrote', () => {
  const goldens = JSON.parse(readFileSync(fixture('every-dtype.json'), 'utf8')).tensors as Record<
    string,
    { shape: number[]; values: (number | string)[] }
  >;
  const numbers = (values: (number | string)[]) =>
    values.map((value) =>
      typeof value === 'number' ? value : Number(value.replace('inf', 'Infinity').replace('nan', 'NaN')),
    );

  it.each([
    ['from a path', () => SafetensorsFile.open(fixture('every-dtype.safetensors'))],
    ['from bytes', async () => SafetensorsFile.fromBytes(await readFile(fixture('every-dtype.safetensors')))],
    [
      'from a blob',
      async () => SafetensorsFile.fromBlob(new Blob([await readFile(fixture('every-dtype.safetensors'))])),
    ],
  ])('is read %s with every data type', async (_, openFile) => {
    const file = await openFile();
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(goldens).sort());
    expect(file.metadata).toEqual({ format: 'pt' });
    for (const [name, { shape, values }] of Object.entries(goldens)) {
      expect(file.tensors.get(name)!.shape).toEqual(shape);
      const read = await file.read(name);
      const isFloat = /F/.test(file.tensors.get(name)!.dtype);
      expect(read).toBeInstanceOf(isFloat ? Float32Array : Int32Array);
      const expected = isFloat ? Float32Array.from(numbers(values)) : Int32Array.from(numbers(values));
      expect({ [name]: read }).toEqual({ [name]: expected });
      // Weights are finite.
      if (expected.every(Number.isFinite)) expect(await file.readFinite(name)).toEqual(expected);
      else
        await expect(file.readFinite(name)).rejects.toThrow(
          new RegExp(`tensor "${name}" holds (NaN|-?Infinity) \\(value`),
        );
    }
    await file.close();
  });
});

describe('reading', () => {
  it('costs two reads to open, and one for each tensor, in a file of more than 4 GiB', async () => {
    const path = join(folder.path, 'large.safetensors');
    const [large, small] = [2 ** 32, 8];
    const header = rawFile(
      {
        large: { dtype: 'U8', shape: [65536, 65536], data_offsets: [0, large] },
        small: { dtype: 'F32', shape: [2], data_offsets: [large, large + small] },
      },
      0,
    );
    // Sparse: the large tensor takes no space on the disk.
    const handle = await open(path, 'w');
    await handle.write(header);
    await handle.truncate(header.length + large + small);
    await handle.write(new Uint8Array(Float32Array.of(1.5, -2).buffer), 0, small, header.length + large);
    await handle.close();
    const source = countingSource(await openFileSource(path));
    const file = await SafetensorsFile.fromSource(source, path);
    expect(file.tensors.get('large')!.byteLength).toBe(4294967296);
    expect(await file.read('small')).toEqual(Float32Array.of(1.5, -2));
    expect(source.reads).toEqual([8, header.length - 8, 8]);
    await file.close();
  });

  it('gives arrays of their own', async () => {
    const bytes = rawFile({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4);
    const file = await SafetensorsFile.fromBytes(bytes);
    (await file.read('x'))[0] = 5;
    expect(await file.read('x')).toEqual(Float32Array.of(0));
  });

  it('refuses a name that is not there, and everything after closing', async () => {
    const file = await SafetensorsFile.open(fixture('every-dtype.safetensors'));
    await expect(file.read('nothing')).rejects.toThrow(`${file.name}: tensor "nothing" is not in the file.`);
    await file.close();
    await file.close();
    await expect(file.read('scalar')).rejects.toThrow('tensor "scalar" cannot be read, the file was closed.');
  });

  it('names the tensor whose integers do not fit', async () => {
    const bytes = rawFile({ count: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8).fill(127, -8);
    const file = await SafetensorsFile.fromBytes(bytes, 'model');
    await expect(file.read('count')).rejects.toThrow(
      new SafetensorsError('holds 9187201950435737471, which does not fit into 32 bits.', {
        file: 'model',
        tensor: 'count',
      }),
    );
  });

  it('gives the bytes of types that have no conversion', async () => {
    const bytes = rawFile({ x: { dtype: 'F8_E4M3', shape: [3], data_offsets: [0, 3] } }, 3).fill(9, -3);
    const file = await SafetensorsFile.fromBytes(bytes);
    expect(await file.readBytes('x')).toEqual(Uint8Array.of(9, 9, 9));
    await expect(file.read('x')).rejects.toThrow('tensor "x" values of type F8_E4M3 have no conversion here');
  });

  it('notices a file that became shorter meanwhile', async () => {
    const path = join(folder.path, 'cut.safetensors');
    await writeFile(path, rawFile({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 8));
    const file = await SafetensorsFile.open(path);
    await truncate(path, file.tensors.get('x')!.byteOffset + 3);
    await expect(file.read('x')).rejects.toThrow(/8 bytes were asked for at \d+, but 3 came: did the file change/);
    await file.close();
  });
});

describe('a malformed file', () => {
  const x = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const entry = (changes: object) => rawFile({ x: { ...x, ...changes } }, 8);
  const withLength = (length: bigint) => {
    const file = rawFile({ x }, 8);
    new DataView(file.buffer).setBigUint64(0, length, true);
    return file;
  };

  it.each<[string, Uint8Array, string, string?]>([
    ['nothing in it', new Uint8Array(0), 'only 0 bytes'],
    ['seven bytes', new Uint8Array(7), 'only 7 bytes, too short'],
    ['no header', new Uint8Array(8), 'not JSON'],
    ['a header beyond the end', withLength(1000n), 'a header of 1000 bytes is announced, but the file has only'],
    ['a header above the limit', withLength(100_000_001n), 'a header of 100000001 bytes is announced, more than'],
    ['a header of 2^64 - 1 bytes', withLength(2n ** 64n - 1n), 'a header of 18446744073709551615 bytes'],
    ['text that is not UTF-8', rawFile(Uint8Array.of(0x7b, 0xff, 0x7d), 0), 'not UTF-8'],
    ['a byte order mark', rawFile('\ufeff{}', 0), 'not JSON'],
    ['text that is not JSON', rawFile('{"x":', 0), 'not JSON'],
    ['a list for a header', rawFile('[]', 0), 'not a JSON object'],
    ['null for a header', rawFile('null', 0), 'not a JSON object'],
    ['a tensor twice', rawFile(`{"x":${JSON.stringify(x)},"\\u0078":${JSON.stringify(x)}}`, 8), 'twice', 'x'],
    [
      'a field twice',
      rawFile('{"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
      'twice',
      'dtype',
    ],
    ['metadata that is no object', rawFile({ __metadata__: 'pt' }, 0), '__metadata__'],
    ['metadata of numbers', rawFile({ __metadata__: { step: 1 } }, 0), '__metadata__'],
    ['null for a tensor', rawFile({ x: null }, 0), 'is not described by an object', 'x'],
    ['no dtype', entry({ dtype: undefined }), 'has an unknown dtype, none', 'x'],
    ['an unknown dtype', entry({ dtype: 'F31' }), 'has an unknown dtype, "F31"', 'x'],
    ['a dtype that every object has', entry({ dtype: 'toString' }), 'has an unknown dtype', 'x'],
    ['a dtype that is no text', entry({ dtype: ['F32'] }), 'has an unknown dtype, ["F32"]', 'x'],
    ['no shape', entry({ shape: undefined }), 'has the shape none', 'x'],
    ['a negative size', entry({ shape: [-2] }), 'has the shape [-2]', 'x'],
    ['half a size', entry({ shape: [2.5] }), 'has the shape [2.5]', 'x'],
    ['a size above 2^53', entry({ shape: [2 ** 53] }), 'has the shape [9007199254740992]', 'x'],
    ['more values than can be counted', entry({ shape: [2 ** 30, 2 ** 30] }), 'more values than can be counted', 'x'],
    ['no offsets', entry({ data_offsets: undefined }), 'has the offsets none', 'x'],
    ['three offsets', entry({ data_offsets: [0, 8, 16] }), 'has the offsets [0,8,16]', 'x'],
    ['a negative offset', entry({ data_offsets: [-8, 0] }), 'has the offsets [-8,0]', 'x'],
    ['an end before its start', entry({ data_offsets: [8, 0] }), 'has the offsets [8,0]', 'x'],
    ['too few bytes for the shape', entry({ shape: [3] }), 'has 8 bytes, but F32 of shape [3] takes 12', 'x'],
    ['too many bytes for the shape', entry({ shape: [] }), 'has 8 bytes, but F32 of shape [] takes 4', 'x'],
    ['a tensor beyond the end', rawFile({ x }, 7), 'is it cut off?', 'x'],
    ['a tensor far beyond the end', entry({ data_offsets: [2 ** 52, 2 ** 52 + 8] }), 'is it cut off?', 'x'],
    ['bytes left at the end', rawFile({ x }, 9), '1 bytes are left after the last tensor'],
    [
      'a gap before the first',
      rawFile({ x: { ...x, data_offsets: [1, 9] } }, 9),
      'leaves a gap of 1 bytes after the header',
      'x',
    ],
    [
      'a gap between two',
      rawFile({ x, y: { ...x, data_offsets: [12, 20] } }, 20),
      'leaves a gap of 4 bytes after tensor "x"',
      'y',
    ],
    ['an overlap', rawFile({ x, y: { ...x, data_offsets: [4, 12] } }, 12), 'overlaps tensor "x"', 'y'],
    ['one place for two', rawFile({ x, y: x }, 8), 'overlaps tensor "x"', 'y'],
  ])('with %s is refused by name', async (_, bytes, problem, tensor) => {
    const path = join(folder.path, 'broken.safetensors');
    await writeFile(path, bytes);
    for (const open of [() => SafetensorsFile.open(path), () => SafetensorsFile.fromBytes(bytes, path)]) {
      const error = await open().then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(SafetensorsError);
      expect(error).toMatchObject({ name: 'SafetensorsError', file: path, tensor });
      expect((error as Error).message).toContain(`${path}: `);
      expect((error as Error).message).toContain(problem);
    }
  });

  it('that does not exist, or is a folder, is refused by name', async () => {
    const path = join(folder.path, 'none.safetensors');
    await expect(SafetensorsFile.open(path)).rejects.toThrow(`${path}: cannot be opened (ENOENT`);
    await expect(SafetensorsFile.open(folder.path)).rejects.toThrow(SafetensorsError);
  });

  it('is closed', async () => {
    let closed = 0;
    const source = { ...memorySource(new Uint8Array(9)), close: async () => void closed++ };
    await expect(SafetensorsFile.fromSource(source, 'broken')).rejects.toThrow(SafetensorsError);
    expect(closed).toBe(1);
  });

  it('may hold names that objects have of themselves', async () => {
    const json =
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
    const file = await SafetensorsFile.fromBytes(rawFile(json, 2).fill(3, -2));
    expect([...file.tensors.keys()].sort()).toEqual(['__proto__', 'constructor']);
    expect(await file.read('__proto__')).toEqual(Int32Array.of(3));
  });
});
