import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tarEntry } from '@llm-mde/rgbd/formats';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import h5wasm from 'h5wasm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallFrames } from './testing/small-frames.js';
import { frameFile, writeFastDepth } from './write-fast-depth.js';

const folder = folderOfFile();
beforeAll(async () => {
  await h5wasm.ready;
});

describe('writeFastDepth', () => {
  it('packs a number of frames into each archive', async () => {
    const frames = smallFrames(5);
    const paths = await writeFastDepth(folder, frames, { split: 'train', framesPerShard: 2 });
    expect(paths.map((path) => basename(path))).toEqual(['train-000000.tar', 'train-000001.tar', 'train-000002.tar']);
    const files = paths.flatMap((path) => [...readTar(readFileSync(path))]);
    expect(files.map(({ name }) => name)).toEqual([
      'train/basement_0000/00002.h5',
      'train/basement_0000/00003.h5',
      'train/basement_0000/00004.h5',
      'train/bathroom_0000/00002.h5',
      'train/bathroom_0000/00003.h5',
    ]);
    for (const [place, { bytes }] of files.entries()) expect(bytes.equals(frameFile(frames[place]!))).toBe(true);
  });

  it('leaves out the numbers that fast-depth does not train on', async () => {
    const [frame] = smallFrames(1);
    const paths = await writeFastDepth(folder, Array(200).fill(frame), { split: 'train', tar: false });
    const numbers = paths.map((path) => Number.parseInt(basename(path), 10));
    expect([numbers[0], numbers[198], numbers[199]]).toEqual([2, 200, 202]);
  });

  it('writes a file for each frame, with planes of color and metres', async () => {
    const frames = smallFrames(2);
    const paths = await writeFastDepth(folder, frames, { split: 'val', tar: false });
    expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
      'val/official/00001.h5',
      'val/official/00002.h5',
    ]);
    const file = new h5wasm.File(paths[1]!, 'r');
    const dataset = (name: string) => file.get(name) as InstanceType<typeof h5wasm.Dataset>;
    expect([dataset('rgb').shape, dataset('depth').shape]).toEqual([
      [3, 12, 16],
      [12, 16],
    ]);
    const rgb = dataset('rgb').value as Uint8Array;
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < 192; pixel++)
        expect(rgb[channel * 192 + pixel]).toBe(frames[1]!.image.data[pixel * 3 + channel]);
    }
    expect(dataset('depth').value).toEqual(frames[1]!.depth);
    file.close();
  });

  it('ends what makes the frames where writing fails', async () => {
    let ended = 0;
    function* endless() {
      try {
        while (true) yield* smallFrames(1);
      } finally {
        ended++;
      }
    }
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    for (const tar of [true, false])
      await expect(writeFastDepth(file, endless(), { split: 'val', tar })).rejects.toThrow();
    expect(ended).toBe(2);
  });

  it('rejects empty input, scenes that are no folder, and names that tar cannot hold', async () => {
    const outside = smallFrames(1).map((frame) => ({ ...frame, scene: '../out' }));
    await expect(writeFastDepth(folder, outside, { split: 'train' })).rejects.toThrow('leads out of the folder');
    await expect(writeFastDepth(folder, [], { split: 'train' })).rejects.toThrow('There are no frames to write');
    await expect(writeFastDepth(folder, smallFrames(1), { split: 'train', framesPerShard: 0 })).rejects.toThrow(
      'framesPerShard must be a positive integer, got 0',
    );
    expect(() => tarEntry('x'.repeat(101), new Uint8Array(0))).toThrow('longer than the 100 bytes');
  });
});

function* readTar(archive: Buffer): Generator<{ name: string; bytes: Buffer }> {
  for (let at = 0; archive[at] !== 0; ) {
    const text = (from: number, to: number) => archive.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const sum = archive
      .subarray(at, at + 512)
      .reduce((all, byte, index) => all + (index >= 148 && index < 156 ? 32 : byte), 0);
    expect(Number.parseInt(text(148, 156), 8)).toBe(sum);
    const size = Number.parseInt(text(124, 136), 8);
    yield { name: text(0, 100), bytes: archive.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
