import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray } from '../testing/fixtures.js';
import { readExr } from './exr.js';

const depth = await fixtureArray('pairs', 'depth.npy');
const load = (name: string) => readFile(fixture('pairs', 'exr', `${name}.exr`));

describe('readExr', () => {
  it.each(
    ['half', 'float'].flatMap((type) =>
      ['none', 'rle', 'zips', 'zip', 'piz'].map((compression) => `${type}-${compression}`),
    ),
  )('reads what OpenEXR wrote: %s', async (name) => {
    expect(readExr(await load(name), name)).toEqual({ data: depth.data, width: 21, height: 37 });
  });

  it('reads tiles', () => {
    const attribute = (name: string, type: string, value: Buffer) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(value.length);
      return Buffer.concat([Buffer.from(`${name}\0${type}\0`), size, value]);
    };
    const integers = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
    const window = integers(0, 0, 2, 1);
    const tile = (x: number, values: number[]) =>
      Buffer.concat([integers(x, 0, 0, 0, 4 * values.length), Buffer.from(Float32Array.from(values).buffer)]);
    const content = Buffer.concat([
      integers(20000630, 2 | 0x200),
      attribute('channels', 'chlist', Buffer.concat([Buffer.from('Z\0'), integers(2, 0, 1, 1), Buffer.alloc(1)])),
      attribute('compression', 'compression', Buffer.alloc(1)),
      attribute('dataWindow', 'box2i', window),
      attribute('displayWindow', 'box2i', window),
      attribute('lineOrder', 'lineOrder', Buffer.alloc(1)),
      attribute('tiles', 'tiledesc', Buffer.concat([integers(2, 2), Buffer.alloc(1)])),
      Buffer.alloc(1 + 2 * 8),
      tile(0, [1, 2, 4, 5]),
      tile(1, [3, 6]),
    ]);
    expect(readExr(content, 'x.exr')).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6), width: 3, height: 2 });
  });

  it('chooses among channels, or takes the one that is named', async () => {
    const content = await load('three-channels');
    for (const channel of [undefined, 'B', 'G', 'R'])
      expect(readExr(content, 'x.exr', channel).data).toEqual(depth.data);
    expect(() => readExr(content, 'x.exr', 'Z')).toThrow('x.exr: It has no channel Z; its channels are: B, G, R.');
  });

  it('names what it does not support', async () => {
    expect(() => readExr(Buffer.from('PNG'), 'x.exr')).toThrow('x.exr: It is not an OpenEXR file.');
    const b44 = Buffer.from(await load('half-piz'));
    b44[b44.indexOf('compression\0compression\0') + 28] = 6;
    expect(() => readExr(b44, 'x.exr')).toThrow('Its compression is B44, which is not supported');
    const huge = Buffer.from(await load('half-piz'));
    huge.writeInt32LE(60_000, huge.indexOf('dataWindow\0box2i\0') + 21 + 8);
    huge.writeInt32LE(60_000, huge.indexOf('dataWindow\0box2i\0') + 21 + 12);
    expect(() => readExr(huge, 'x.exr')).toThrow('Its header names 60001 by 60001 pixels, which is impossible.');
    for (const [flag, message] of [
      [0x800, 'It has deep data'],
      [0x1000, 'It has several parts'],
    ] as const) {
      const content = Buffer.from(await load('half-zip'));
      content.writeUInt32LE(2 | flag, 4);
      expect(() => readExr(content, 'x.exr')).toThrow(message);
    }
  });

  it('rejects every file that is cut off, at whatever byte', async () => {
    for (const name of ['half-zip', 'float-none', 'half-rle', 'half-piz']) {
      const content = await load(name);
      for (let length = 0; length < content.length; length += length < 400 ? 1 : 97) {
        expect(() => readExr(content.subarray(0, length), 'x.exr'), `${name}, ${length} bytes`).toThrow(/^x\.exr: /);
      }
    }
  });

  it.each(['half-zip', 'float-piz'])(
    'ends in a clear error or an image, whichever byte is damaged: %s',
    async (name) => {
      const content = await load(name);
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
    },
  );
});
