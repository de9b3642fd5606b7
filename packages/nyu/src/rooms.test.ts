// Rooms that are written in each format are read back exactly.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nyuIntrinsics } from '@llm-mde/depth-maps';
import type { Frame, RgbdDataset } from '@llm-mde/rgbd';
import { filmRoom, generateFrame, listFrames, type Frame as Room, splitByScene } from '@llm-mde/rooms';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../rgbd/src/testing/fixtures.js';
import { openNyu } from './open-nyu.js';
import { writeRawDump } from './raw-dump/write-raw-dump.js';
import { writeBtsLists } from './write-bts-lists.js';
import { writeFastDepth } from './write-fast-depth.js';
import { writeLabeled, writeSplits } from './write-labeled.js';

// Not square, so that a swapped axis shows; more frames than one node of an HDF5 tree holds.
const rooms = listFrames(70).map((frame) => generateFrame({ ...frame, seed: 5, width: 32, height: 24 }));

describe('rooms in the labeled file', () => {
  it.each(['raw', 'filled'] as const)('are read exactly, depth %s', async (depth) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'nyu_depth_v2_labeled.mat');
    const splits = splitByScene(await writeLabeled(path, rooms));
    await writeSplits(join(folder, 'splits.mat'), splits);
    const dataset = await openNyu(folder, { depth });
    expect(dataset.format).toBe('labeled');
    expect(dataset.frames.map(({ scene, sceneType }) => [scene, sceneType])).toEqual(
      rooms.map(({ scene, sceneType }) => [scene, sceneType]),
    );
    await expectRooms(dataset, rooms, depth === 'raw' ? 'rawDepth' : 'depth');
    const { train, test } = dataset.split();
    const placeOf = new Map(dataset.frames.map(({ id }, place) => [id, place]));
    expect([train, test].map((ids) => ids.map((id) => placeOf.get(id)))).toEqual([splits.train, splits.test]);
    await dataset.close();
  });

  it('are read exactly without compression too', async () => {
    const path = join(await temporaryFolder(), 'nyu_depth_v2_labeled.mat');
    await writeLabeled(path, rooms.slice(0, 3), { compression: 0 });
    await expectRooms(await openNyu(path), rooms.slice(0, 3), 'rawDepth');
  });
});

describe('rooms in HDF5 frames', () => {
  it.each([true, false])('are read exactly, all of them to train on; in tar files: %s', async (tar) => {
    const folder = await temporaryFolder();
    const [train, val] = [rooms.slice(0, 10), rooms.slice(10, 14)];
    await writeFastDepth(folder, train, { split: 'train', tar, framesPerShard: 4 });
    await writeFastDepth(folder, val, { split: 'val', tar });
    const dataset = await openNyu(folder);
    expect(dataset.format).toBe('shards');
    const split = dataset.split();
    expect([split.train.length, split.test.length, split.holdout.length]).toEqual([10, 4, 0]);
    await expectRooms(dataset, train, 'depth', split.train);
    await expectRooms(dataset, val, 'depth', split.test);
    await dataset.close();
  });
});

describe("rooms in BTS's lists", () => {
  it.each(['raw', 'exact'] as const)('are read exactly, cut off to millimetres, depth %s', async (depth) => {
    const folder = await temporaryFolder();
    const [train, test] = [rooms.slice(0, 9), rooms.slice(9, 12)];
    await writeBtsLists(folder, train, { split: 'train', depth });
    await writeBtsLists(folder, test, { split: 'test', depth });
    const dataset = await openNyu(folder);
    expect(dataset.format).toBe('lists');
    const split = dataset.split();
    expect([split.train.length, split.test.length]).toEqual([9, 3]);
    for (const [place, id] of [...split.train, ...split.test].entries()) {
      const room = rooms[place]!;
      const frame = await dataset.read(id);
      const metres = depth === 'raw' ? room.rawDepth : room.depth;
      expect(frame.depth).toEqual(metres.map((value) => Math.floor(value * 1000) / 1000));
      expect(frame.focalLength).toBeCloseTo((518.8579 * 32) / 640, 3);
      expect(frame.intrinsics).toEqual(nyuIntrinsics(frame.image));
      // JPEG is lossy: the pixels are those of the file, and near those that were written.
      const directory = place < 9 ? room.scene : room.sceneType;
      const file = await readFile(join(folder, directory, `rgb_${id.split('/')[1]}.jpg`));
      expect(frame.image.data).toEqual(new Uint8Array(await sharp(file).raw().toBuffer()));
      const difference = frame.image.data.reduce((sum, value, at) => sum + Math.abs(value - room.image.data[at]!), 0);
      expect(difference / frame.image.data.length).toBeLessThan(4);
    }
    await dataset.close();
  });
});

describe('a raw dump of a room', () => {
  it('is put together by time and projected onto what the color camera sees', async () => {
    const folder = await temporaryFolder();
    const size = { width: 160, height: 120 };
    const options = { seed: 5, sceneType: 'dining_room', frames: 2, sensor: 'ideal', ...size } as const;
    const { depths, images, accelerometers } = await writeRawDump(folder, filmRoom(options));
    for (const [paths, pattern] of [
      [depths, /^d-13\d{8}\.\d{6}-\d{1,10}\.pgm$/],
      [images, /^r-13\d{8}\.\d{6}-\d{1,10}\.ppm$/],
      [accelerometers, /^a-13\d{8}\.\d{6}-\d{1,10}\.dump$/],
    ] as const) {
      for (const path of paths) expect(basename(path)).toMatch(pattern);
    }
    expect(await readFile(accelerometers[0]!)).toHaveLength(24);
    const dataset = await openNyu(folder);
    expect([dataset.format, dataset.sceneTypes]).toEqual(['raw-dump', ['dining_room']]);
    expect(dataset.frames).toHaveLength(depths.length);
    // The dump's first view is the room's first frame, but for the sway of the hand between the two exposures.
    const room = generateFrame({ seed: 5, sceneType: 'dining_room', ...size });
    const frame = await dataset.read(dataset.frames[0]!.id);
    const both = [...frame.depth.keys()].filter((pixel) => frame.valid[pixel] === 1);
    // The depth camera sees (518.9 / 582.6)² = 79 % of what the color camera sees.
    expect(both.length).toBeGreaterThan(0.75 * frame.depth.length);
    const errors = both.map((pixel) => Math.abs(frame.depth[pixel]! - room.depth[pixel]!) / room.depth[pixel]!);
    errors.sort((a, b) => a - b);
    expect(errors[errors.length >> 1]).toBeLessThan(0.01);
    await dataset.close();
  });
});

async function expectRooms(dataset: RgbdDataset, written: Room[], depth: 'depth' | 'rawDepth', ids?: string[]) {
  const frames: Frame[] = [];
  for (const id of ids ?? dataset.frames.map(({ id }) => id)) frames.push(await dataset.read(id));
  expect(frames).toHaveLength(written.length);
  for (const [place, frame] of frames.entries()) {
    const room = written[place]!;
    expect(frame.image).toEqual(room.image);
    expect(frame.depth).toEqual(room[depth]);
    expect(frame.valid).toEqual(Uint8Array.from(room[depth], (value) => (value > 0 ? 1 : 0)));
  }
}
