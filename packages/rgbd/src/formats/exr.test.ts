import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray } from '../testing/fixtures.js';
import { readExr } from './exr.js';

const depth = await fixtureArray('pairs', 'depth.npy');
const load = (name: string) => readFile(fixture('pairs', 'exr', `${name}.exr`));

describe('readExr', () => {
  it.each(
    ['half', 'float'].flatMap((type) => ['none', 'rle', 'zips', 'zip'].map((compression) => `${type}-${compression}`)),
  )('reads what OpenEXR wrote: %s', async (name) => {
    expect(readExr(await load(name), name)).toEqual({ data: depth.data, width: 21, height: 37 });
  });

  it('chooses among channels, or takes the one that is named', async () => {
    const content = await load('three-channels');
    for (const channel of [undefined, 'B', 'G', 'R'])
      expect(readExr(content, 'x.exr', channel).data).toEqual(depth.data);
    expect(() => readExr(content, 'x.exr', 'Z')).toThrow('x.exr: It has no channel Z; its channels are: B, G, R.');
  });

  it('refuses by name what it does not read', async () => {
    expect(() => readExr(Buffer.from('PNG'), 'x.exr')).toThrow('x.exr: It is not an OpenEXR file.');
    const piz = await load('half-piz');
    expect(() => readExr(piz, 'x.exr')).toThrow('Its compression is PIZ, which is not read here');
    for (const [flag, message] of [
      [0x200, 'It has tiles'],
      [0x800, 'It has deep data'],
      [0x1000, 'It has several parts'],
    ] as const) {
      const content = Buffer.from(await load('half-zip'));
      content.writeUInt32LE(2 | flag, 4);
      expect(() => readExr(content, 'x.exr')).toThrow(message);
    }
  });

  it('refuses every file that is cut off, at whatever byte', async () => {
    for (const name of ['half-zip', 'float-none', 'half-rle']) {
      const content = await load(name);
      for (let length = 0; length < content.length; length += length < 400 ? 1 : 97) {
        expect(() => readExr(content.subarray(0, length), 'x.exr'), `${name}, ${length} bytes`).toThrow(/^x\.exr: /);
      }
    }
  });

  it('ends in a clear error or a picture, whichever byte is damaged', async () => {
    const content = await load('half-zip');
    let refused = 0;
    for (let at = 0; at < content.length; at += 3) {
      const damaged = Buffer.from(content);
      damaged[at]! ^= 0xff;
      try {
        readExr(damaged, 'x.exr');
      } catch (error) {
        refused++;
        expect((error as Error).name, `byte ${at}: ${(error as Error).stack}`).toBe('DatasetError');
      }
    }
    expect(refused).toBeGreaterThan(20);
  });
});
