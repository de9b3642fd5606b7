import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import h5wasm from 'h5wasm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, Hdf5Writer, MemorySink, references } from './hdf5-writer.js';

const folder = folderOfFile();
const open = (name: string, bytes: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return new h5wasm.File(path, 'r');
};
const valuesOf = (file: InstanceType<typeof h5wasm.File>, name: string) =>
  (file.get(name) as InstanceType<typeof h5wasm.Dataset>).value;

beforeAll(async () => {
  await h5wasm.ready;
});

describe('Hdf5Writer', () => {
  it('writes arrays of every type, with attributes, that the HDF5 library reads', () => {
    const sink = new MemorySink();
    const writer = new Hdf5Writer(sink);
    const floats = Float32Array.of(1.5, -2, 3e-7, 4, 5, 6);
    const members = [
      { name: 'floats', address: writer.dataset('float32', [2, 3], bytesOf(floats), { unit: 'metres', version: -7 }) },
      { name: 'bytes', address: writer.dataset('uint8', [3], Uint8Array.of(1, 2, 255)) },
      { name: 'words', address: writer.dataset('uint16', [2, 1], bytesOf(Uint16Array.of(1, 65535))) },
    ];
    writer.close(members);
    const file = open('types.h5', sink.bytes());
    expect(file.keys().sort()).toEqual(['bytes', 'floats', 'words']);
    expect(valuesOf(file, 'floats')).toEqual(floats);
    expect(file.get('floats')).toMatchObject({ shape: [2, 3], dtype: '<f' });
    expect(valuesOf(file, 'bytes')).toEqual(Uint8Array.of(1, 2, 255));
    expect(valuesOf(file, 'words')).toEqual(Uint16Array.of(1, 65535));
    const attributes = (file.get('floats') as InstanceType<typeof h5wasm.Dataset>).attrs;
    expect([attributes.unit!.value, attributes.version!.value]).toEqual(['metres', -7]);
    file.close();
  });

  it.each([1, 64, 65, 5000])('writes %i chunks, with and without compression, behind a user block', (count) => {
    for (const compression of [0, 4]) {
      const sink = new MemorySink();
      const writer = new Hdf5Writer(sink, new Uint8Array(512).fill(7));
      const growing = writer.growingDataset('uint16', [2, 3], compression);
      for (let index = 0; index < count; index++)
        growing.append(bytesOf(Uint16Array.from({ length: 6 }, (_, at) => index * 6 + at)));
      writer.close([{ name: 'values', address: growing.close() }]);
      const bytes = sink.bytes();
      expect(bytes.subarray(0, 512).every((byte) => byte === 7)).toBe(true);
      const file = open(`chunks-${count}-${compression}.h5`, bytes);
      expect(file.get('values')).toMatchObject({ shape: [count, 2, 3] });
      expect(valuesOf(file, 'values')).toEqual(Uint16Array.from({ length: count * 6 }, (_, at) => at & 65535));
      file.close();
    }
  });

  it('writes groups of thousands, found by name and by reference', () => {
    const sink = new MemorySink();
    const writer = new Hdf5Writer(sink);
    const members = Array.from({ length: 3000 }, (_, index) => ({
      name: `member-${index}`,
      address: writer.dataset('uint8', [1], Uint8Array.of(index & 255)),
    }));
    const pointing = writer.dataset('reference', [1, 2], references([members[2999]!.address, members[17]!.address]));
    writer.close([
      { name: 'group', address: writer.group(members).address },
      { name: 'empty', address: writer.group([]).address },
      { name: 'pointers', address: pointing },
    ]);
    const file = open('group.h5', sink.bytes());
    expect((file.get('group') as InstanceType<typeof h5wasm.Group>).keys()).toHaveLength(3000);
    for (const index of [0, 1, 999, 2048, 2999])
      expect(valuesOf(file, `group/member-${index}`)).toEqual(Uint8Array.of(index & 255));
    expect((file.get('empty') as InstanceType<typeof h5wasm.Group>).keys()).toEqual([]);
    const pointers = valuesOf(file, 'pointers') as unknown as never[];
    const target = file.dereference(pointers[0]!) as unknown as InstanceType<typeof h5wasm.Dataset>;
    expect(target.value).toEqual(Uint8Array.of(2999 & 255));
    file.close();
  });
});
