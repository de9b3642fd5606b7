import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDepthPng } from '@llm-mde/depth-maps';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { smallFrames } from './testing/small-frames.js';
import { writeBtsLists } from './write-bts-lists.js';

const folder = folderOfFile();

describe('writeBtsLists', () => {
  it('writes 16-bit millimetres, photographs and a list without a last line break', async () => {
    const frames = smallFrames(5);
    const list = await writeBtsLists(folder, frames, { split: 'train' });
    const text = readFileSync(list, 'utf8');
    expect(text.endsWith('\n')).toBe(false);
    const lines = text.split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe('/basement_0000/rgb_00001.jpg /basement_0000/sync_depth_00001.png 12.9714');
    for (const [place, line] of lines.entries()) {
      const [rgb, depth] = line.split(' ');
      const png = readFileSync(join(folder, depth!));
      // In a PNG's first chunk: 16 bits a sample, gray.
      expect([png[24], png[25]]).toEqual([16, 0]);
      const { data } = await sharp(png)
        .toColorspace('grey16')
        .raw({ depth: 'ushort' })
        .toBuffer({ resolveWithObject: true });
      const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
      expect([...values]).toEqual([...frames[place]!.rawDepth].map((metres) => Math.floor(metres * 1000)));
      const jpeg = await sharp(join(folder, rgb!)).raw().toBuffer();
      const error =
        jpeg.reduce((sum, value, at) => sum + Math.abs(value - frames[place]!.image.data[at]!), 0) / jpeg.length;
      expect(error).toBeLessThan(6);
    }
  });

  it('sorts the test part by scene type, and writes exact depth when asked', async () => {
    const frames = smallFrames(5);
    const list = join(folder, 'lists', 'test.txt');
    await writeBtsLists(folder, frames, { split: 'test', depth: 'exact', list });
    const [line] = readFileSync(list, 'utf8').split('\n');
    expect(line).toBe('basement/rgb_00000.jpg basement/sync_depth_00000.png 12.9714');
    const data = await sharp(join(folder, 'basement/sync_depth_00000.png'))
      .toColorspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    expect([...values]).toEqual([...frames[0]!.depth].map((metres) => Math.floor(metres * 1000)));
  });

  it('writes what was read from it once more as it is', async () => {
    // Every other millimetre is a little less as float32.
    const [frame] = smallFrames(1);
    const rawDepth = Float32Array.from({ length: 192 }, (_, index) => (1 + index * 51) / 1000);
    await writeBtsLists(folder, [{ ...frame!, rawDepth }], { split: 'train' });
    const png = readFileSync(join(folder, frame!.scene, 'sync_depth_00000.png'));
    expect([...decodeDepthPng(png).data]).toEqual([...rawDepth]);
  });

  it('does not write an empty list', async () => {
    await expect(writeBtsLists(folder, [], { split: 'train' })).rejects.toThrow('There are no frames to write');
  });
});
