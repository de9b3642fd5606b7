import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import h5wasm from 'h5wasm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallFrames } from './testing/small-frames.js';
import { writeLabeled, writeSplits } from './write-labeled.js';

const folder = folderOfFile();
beforeAll(async () => {
  await h5wasm.ready;
});

describe('writeLabeled', () => {
  it("has MATLAB's header and NYU's arrays, axes reversed, and cells of text", async () => {
    const frames = smallFrames(9);
    const path = join(folder, 'nyu_depth_v2_labeled.mat');
    expect(await writeLabeled(path, frames)).toEqual(frames.map(({ scene }) => scene));
    const bytes = readFileSync(path);
    expect(bytes.toString('latin1', 0, 19)).toBe('MATLAB 7.3 MAT-file');
    expect([...bytes.subarray(116, 128)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x49, 0x4d]);
    expect(bytes.toString('latin1', 513, 516)).toBe('HDF');

    const file = new h5wasm.File(path, 'r');
    const dataset = (name: string) => file.get(name) as InstanceType<typeof h5wasm.Dataset>;
    expect(dataset('images').shape).toEqual([9, 3, 16, 12]);
    const images = dataset('images').value as Uint8Array;
    const depths = dataset('depths').value as Float32Array;
    const rawDepths = dataset('rawDepths').value as Float32Array;
    for (const [place, { image, depth, rawDepth }] of frames.entries()) {
      for (let row = 0; row < 12; row++) {
        for (let column = 0; column < 16; column++) {
          const from = row * 16 + column;
          for (let channel = 0; channel < 3; channel++) {
            expect(images[((place * 3 + channel) * 16 + column) * 12 + row]).toBe(image.data[from * 3 + channel]);
          }
          expect(depths[(place * 16 + column) * 12 + row]).toBe(depth[from]);
          expect(rawDepths[(place * 16 + column) * 12 + row]).toBe(rawDepth[from]);
        }
      }
    }
    for (const [name, key] of [
      ['scenes', 'scene'],
      ['sceneTypes', 'sceneType'],
    ] as const) {
      expect(dataset(name).shape).toEqual([1, 9]);
      const texts = (dataset(name).value as unknown as never[]).map((reference) => {
        const characters = file.dereference(reference) as unknown as InstanceType<typeof h5wasm.Dataset>;
        return String.fromCharCode(...(characters.value as Uint16Array));
      });
      expect(texts).toEqual(frames.map((frame) => frame[key]));
    }
    expect(dataset('scenes').attrs.MATLAB_class!.value).toBe('cell');
    file.close();
  });

  it('is the same file again, and smaller when compressed', async () => {
    const frames = smallFrames(4);
    const paths = ['one.mat', 'two.mat', 'plain.mat'].map((name) => join(folder, name));
    for (const [index, path] of paths.entries()) await writeLabeled(path, frames, { compression: index === 2 ? 0 : 3 });
    const [one, two, plain] = paths.map((path) => readFileSync(path));
    expect(one!.equals(two!)).toBe(true);
    expect(one!.length).toBeLessThan(plain!.length);
  });

  it('leaves nothing behind when frames are missing, of different sizes, or fail', async () => {
    const path = join(folder, 'absent', 'broken.mat');
    const failing = async function* () {
      yield smallFrames(1)[0]!;
      throw new Error('no more light');
    };
    await expect(writeLabeled(path, [])).rejects.toThrow('There are no frames to write');
    await expect(writeLabeled(path, [...smallFrames(1), ...smallFrames(1, 20, 15)])).rejects.toThrow(
      'all frames of a labeled file must have the same size',
    );
    await expect(writeLabeled(path, failing())).rejects.toThrow('no more light');
    await expect(writeLabeled(path, smallFrames(1), { compression: 10 })).rejects.toThrow('from 0 to 9, got 10');
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(folder, 'absent'))).toEqual([]);
  });
});

describe('writeSplits', () => {
  it('writes a MATLAB v5 file, byte by byte, counting from 1', async () => {
    const path = join(folder, 'splits.mat');
    await writeSplits(path, { train: [0, 2, 299], test: [1] });
    const bytes = readFileSync(path);
    expect(bytes.toString('latin1', 0, 10)).toBe('MATLAB 5.0');
    expect(bytes.toString('latin1', 126, 128)).toBe('IM');
    // A matrix of 80 bytes: flags, dimensions, name, values, each behind a tag of 8 and filled up to 8.
    expect([bytes.readUInt32LE(128), bytes.readUInt32LE(132)]).toEqual([14, 16 + 16 + 24 + 16]);
    expect(bytes.readUInt32LE(144)).toBe(11);
    expect([bytes.readInt32LE(160), bytes.readInt32LE(164)]).toEqual([3, 1]);
    expect(bytes.toString('latin1', 176, 185)).toBe('trainNdxs');
    expect([bytes.readUInt32LE(192), bytes.readUInt32LE(196)]).toEqual([4, 6]);
    expect([200, 202, 204].map((at) => bytes.readUInt16LE(at))).toEqual([1, 3, 300]);
    expect(bytes.length % 8).toBe(0);
  });

  it('rejects positions that do not fit', async () => {
    const path = join(folder, 'broken.mat');
    await expect(writeSplits(path, { train: [-1], test: [] })).rejects.toThrow('trainNdxs contains -1');
    await expect(writeSplits(path, { train: [], test: [65535] })).rejects.toThrow('testNdxs contains 65535');
  });
});
