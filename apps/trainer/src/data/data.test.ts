import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeDepthPng } from '@llm-mde/depth-maps';
import { openNyu } from '@llm-mde/nyu';
import { type RgbdDataset, writeImageFolder } from '@llm-mde/rgbd';
import { generateFrame, listFrames } from '@llm-mde/rooms';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { depthMapOptions } from '../commands/options.js';
import { resolveConfiguration } from '../config/resolve.js';
import { datasetText, inspectDataset } from './inspect.js';
import { openFrames } from './open.js';
import { trainTestSplit } from './split.js';
import { convertDataset, writeRooms } from './write.js';

const folder = folderOfFile();
const small = { count: 12, seed: 1, width: 32, height: 24 };
const opened: RgbdDataset[] = [];

async function open(name: string, options = {}) {
  const dataset = await openNyu(join(folder, name), options);
  opened.push(dataset);
  return dataset;
}

beforeAll(async () => {
  await writeRooms(join(folder, 'labeled'), 'labeled', small);
});

afterAll(async () => {
  for (const dataset of opened) await dataset.close();
});

describe('writeRooms', () => {
  it('writes frames that are read as they were rendered', async () => {
    const dataset = await open('labeled');
    expect(dataset.frames).toHaveLength(12);
    const { image, depth } = await dataset.read(dataset.frames[4]!.id);
    const { sceneType } = dataset.frames[4]!;
    const rendered = generateFrame({
      sceneType: sceneType as 'kitchen',
      frameIndex: 1,
      seed: 1,
      width: 32,
      height: 24,
    });
    expect([...image.data]).toEqual([...rendered.image.data]);
    expect([...depth]).toEqual([...rendered.rawDepth]);
  });

  it.each(['lists', 'shards', 'pairs'] as const)('writes %s', async (format) => {
    const done: number[] = [];
    await writeRooms(join(folder, format), format, { ...small, onFrame: (count) => done.push(count) });
    expect(done.at(-1)).toBe(12);
    const dataset = await open(format);
    expect(dataset.format).toBe(format);
    expect(dataset.frames).toHaveLength(12);
    const { train, test } = trainTestSplit(dataset);
    const scenes = (ids: string[]) => new Set(ids.map((id) => dataset.frame(id).scene));
    expect(train.length * test.length).toBeGreaterThan(0);
    expect(train.length + test.length).toBe(12);
    if (format === 'pairs') expect([...scenes(train)].filter((scene) => scenes(test).has(scene))).toEqual([]);
  });

  it('writes a raw dump, with a list of training scenes', async () => {
    await writeRooms(join(folder, 'dump'), 'raw-dump', { count: 1, seed: 1, width: 160, height: 120 });
    const dataset = await open('dump', { trainScenes: join(folder, 'dump/train-scenes.txt') });
    expect([dataset.format, dataset.frames.length]).toEqual(['raw-dump', 1]);
    expect(trainTestSplit(dataset)).toMatchObject({
      train: [dataset.frames[0]!.id],
      description: 'the official split',
    });
  });

  it.each(['pairs', 'lists'] as const)(
    'writes rooms of the variety wide as %s, each with its own camera',
    async (format) => {
      const wide = { ...small, count: 3, variety: 'wide', viewsPerRoom: 1 } as const;
      await writeRooms(join(folder, `wide-${format}`), format, wide);
      const dataset = await open(`wide-${format}`);
      const [first] = dataset.frames;
      const frame = await dataset.read(first!.id);
      const sceneType = first!.sceneType as 'kitchen';
      const rendered = generateFrame({ variety: 'wide', sceneType, seed: 1, width: 32, height: 24 });
      expect(frame.intrinsics!.fx).toBeCloseTo(rendered.intrinsics.fx, 3);
      for (const [at, metres] of frame.depth.entries())
        expect(Math.abs(metres - rendered.depth[at]!)).toBeLessThan(0.0011);
      await expect(writeRooms(join(folder, 'wide'), 'labeled', wide)).rejects.toThrow(
        'cannot hold: use pairs or lists.',
      );
    },
  );

  it('refuses a folder with something in it', async () => {
    await expect(writeRooms(join(folder, 'labeled'), 'pairs', small)).rejects.toThrow('is not empty');
  });
});

describe('convertDataset', () => {
  it.each(['labeled', 'lists', 'shards', 'pairs'] as const)(
    'writes %s with the same depth, scenes and parts',
    async (format) => {
      const from = await open('labeled');
      const { written, split } = await convertDataset(from, join(folder, `to-${format}`), format, { skipBad: false });
      expect([written, split]).toEqual([12, 'the official split']);
      const to = await open(`to-${format}`);
      expect(to.format).toBe(format);
      const depths = async (dataset: RgbdDataset) => {
        const sums = await Promise.all(
          dataset.frames.map(async ({ id }) => (await dataset.read(id)).depth.reduce((sum, depth) => sum + depth, 0)),
        );
        return sums.sort((a, b) => a - b);
      };
      const expected = await depths(from);
      // PNG holds millimetres.
      for (const [index, sum] of (await depths(to)).entries())
        expect(Math.abs(sum - expected[index]!)).toBeLessThan(0.8);
      if (format !== 'pairs') {
        expect(trainTestSplit(to).test).toHaveLength(trainTestSplit(from).test.length);
        expect(trainTestSplit(to).train).toHaveLength(trainTestSplit(from).train.length);
      }
    },
  );

  it('leaves out what cannot be read, if told to, and keeps the others in their parts', async () => {
    const scene = join(folder, 'to-pairs/depth', readdirSync(join(folder, 'to-pairs/depth'))[0]!);
    truncateSync(join(scene, readdirSync(scene)[0]!), 60);
    const from = await open('to-pairs');
    const problems: string[] = [];
    const options = { skipBad: true, onBadFrame: ({ message }: Error) => problems.push(message) };
    const { written } = await convertDataset(from, join(folder, 'rest'), 'labeled', options);
    expect([written, problems.length]).toEqual([11, 1]);
    const to = await open('rest');
    expect(trainTestSplit(to).train.length + trainTestSplit(to).test.length).toBe(11);
    const strict = convertDataset(from, join(folder, 'strict'), 'labeled', { skipBad: false });
    await expect(strict).rejects.toThrow(problems[0]);
    expect(readdirSync(join(folder, 'strict'))).toEqual([]);
  });
});

it('opens a folder in the unit that it is told, on the command line and in a configuration', async () => {
  const [room] = listFrames(1).map((frame) => generateFrame({ ...frame, seed: 1, width: 32, height: 24 }));
  await writeImageFolder(join(folder, 'unit'), [room!]);
  const { data } = await resolveConfiguration({
    set: [`data.path=${join(folder, 'unit')}`, 'data.metresPerUnit=0.0002'],
  });
  const { dataset } = await openFrames(data);
  opened.push(dataset);
  const id = dataset.frames[0]!.id;
  const [{ depth }, { depth: fifth }] = [await (await open('unit')).read(id), await dataset.read(id)];
  for (const [pixel, metres] of depth.entries()) expect(fifth[pixel]).toBeCloseTo(metres / 5, 5);
  const command = depthMapOptions(new Command('any'));
  command.parseOptions(['--depth-scale', '0.0002', '--depth-encoding', 'sun-rgbd', '--invalid', '0,65535']);
  expect(command.opts()).toEqual({ depthScale: 0.0002, depthEncoding: 'sun-rgbd', invalid: [0, 65535] });
  expect(() =>
    command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseOptions(['--depth-scale', '0']),
  ).toThrow('above 0');
});

it('writes depth beyond 65 m to pairs, and not to lists of 16-bit millimetres', async () => {
  const [room] = listFrames(1).map((frame) => generateFrame({ ...frame, seed: 1, width: 32, height: 24 }));
  const far = { ...room!, id: `${room!.scene}/far`, depth: room!.depth.map((metres) => metres * 100) };
  const near = { ...room!, id: 'lab_2/near', scene: 'lab_2' };
  await writeImageFolder(join(folder, 'far'), [near, far]);
  const from = await open('far');
  await convertDataset(from, join(folder, 'far-pairs'), 'pairs', { skipBad: false });
  expect((await (await open('far-pairs')).read(far.id)).depth).toEqual(far.depth);
  const problems: string[] = [];
  const options = { skipBad: true, onBadFrame: ({ message }: Error) => problems.push(message) };
  await expect(convertDataset(from, join(folder, 'far-lists'), 'lists', options)).rejects.toThrow(
    'There are no frames',
  );
  expect(problems).toEqual([expect.stringContaining('beyond 65.535 m, which lists of 16-bit millimetres cannot hold')]);
});

describe('inspectDataset', () => {
  it('counts frames, and reads one', async () => {
    const facts = await inspectDataset(await open('labeled'));
    expect(facts).toMatchObject({ format: 'labeled', frames: 12, scenes: 4, skipped: [] });
    expect(Object.values(facts.sceneTypes)).toEqual([3, 3, 3, 3]);
    expect(facts.splits.train! + facts.splits.test!).toBe(12);
    const { nearest, median, farthest, measured } = facts.sample;
    expect([0, nearest!, median!, farthest!]).toEqual([0, nearest!, median!, farthest!].sort((a, b) => a - b));
    expect(measured).toBeGreaterThan(0.5);
    expect(datasetText(facts)).toMatch(/^format +labeled\nframes +12 of 4 scenes\n/);
  });

  it('passes over frames that cannot be read, and says where there is no depth', async () => {
    const path = join(folder, 'to-pairs');
    const maps = readdirSync(join(path, 'depth'), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const none = encodeDepthPng(new Float32Array(32 * 24), { width: 32, height: 24 });
    for (const { parentPath, name } of maps.slice(1)) writeFileSync(join(parentPath, name), none);
    await expect(inspectDataset(await open('to-pairs'))).rejects.toThrow(maps[0]!.name);
    const facts = await inspectDataset(await open('to-pairs', { onBadFrame: 'skip' }));
    expect(facts).toMatchObject({ isUnusable: true, sample: { measured: 0, nearest: null } });
    expect(datasetText(facts)).toMatch(/ 0\.0 % with depth\nwarning +None of the \d+ frames read has a depth/);
  });
});
