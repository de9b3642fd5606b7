import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture } from '../../testing/fixtures.js';
import { indexChunks } from './chunk-index.js';
import { openHdf5 } from './open-hdf5.js';
import { planSlices } from './slice-reader.js';

async function planOf(name: string) {
  const file = await openHdf5(fixture('labeled-variants', `${name}.mat`));
  const dataset = file.dataset('images', 4);
  const descriptor = openSync(file.path, 'r');
  const index = indexChunks(descriptor, file.library, dataset);
  const plan = planSlices(file, 'images', dataset);
  closeSync(descriptor);
  file.close();
  return { index, plan };
}

describe('indexChunks', () => {
  it('finds chunks with and without compression', async () => {
    const { index } = await planOf('chunk-for-each');
    expect(index).toMatchObject({ shape: [1, 3, 8, 6], isDeflated: true });
    expect([...index!.rows.keys()].sort()).toEqual([0, 1, 2, 3]);
    expect((await planOf('not-compressed')).index).toMatchObject({ isDeflated: false });
  });

  it('leaves to the library what it does not know, and arrays whose chunks are not all written', async () => {
    expect((await planOf('contiguous')).index).toBeUndefined();
    expect((await planOf('shuffled')).index).toBeUndefined();
    const { index, plan } = await planOf('chunks-missing');
    expect(index!.rows.size).toBe(3);
    expect(plan.chunks).toBeUndefined();
    expect((await planOf('chunk-for-each')).plan.chunks).toBeDefined();
  });
});
