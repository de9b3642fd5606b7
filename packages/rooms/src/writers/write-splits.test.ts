import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { splitByScene, writeSplits } from './write-splits.js';

const folder = temporaryFolder();

describe('splitByScene', () => {
  it('puts every frame into one part, every scene into one part, and keeps the share', () => {
    const scenes = Array.from({ length: 300 }, (_, index) => `room_${Math.floor(index / 3)}`);
    const { train, test } = splitByScene(scenes);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual([...scenes.keys()]);
    const trainScenes = new Set(train.map((place) => scenes[place]));
    for (const place of test) expect(trainScenes.has(scenes[place])).toBe(false);
    expect(Math.abs(train.length - (300 * 795) / 1449)).toBeLessThan(4);
    expect(splitByScene(scenes)).toEqual({ train, test });
    expect(splitByScene(scenes, 0.5, 1).train).not.toEqual(train);
  });
});

describe('writeSplits', () => {
  it('writes a MATLAB 5 file, byte by byte, counting from 1', () => {
    const path = join(folder, 'splits.mat');
    writeSplits(path, { train: [0, 2, 299], test: [1] });
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

  it('refuses places that do not fit', () => {
    const path = join(folder, 'broken.mat');
    expect(() => writeSplits(path, { train: [-1], test: [] })).toThrow('trainNdxs holds -1');
    expect(() => writeSplits(path, { train: [], test: [65535] })).toThrow('testNdxs holds 65535');
  });
});
