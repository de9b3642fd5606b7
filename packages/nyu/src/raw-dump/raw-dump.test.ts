import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Frame } from '@llm-mde/rgbd';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray, greatestDifference, temporaryFolder } from '../../../rgbd/src/testing/fixtures.js';
import { writeZip } from '../../../rgbd/src/testing/write-archives.js';
import { openNyu } from '../open-nyu.js';

const truth = JSON.parse(await readFile(fixture('raw-dump', 'synchronized.json'), 'utf8')) as Record<
  string,
  [string, string][]
>;
const ids = Object.entries(truth).flatMap(([scene, frames]) =>
  frames.map(([depth]) => `${scene}/${depth.replace('.pgm', '')}`),
);

describe.each(['dump', 'dump.zip'])('the raw dump in %s', (name) => {
  it('has the frames that the Python implementation puts together', async () => {
    const dataset = await openNyu(fixture('raw-dump', name));
    expect(dataset.format).toBe('raw-dump');
    expect(dataset.frames.map(({ id }) => id)).toEqual(ids);
    expect(dataset.sceneTypes).toEqual(['living_room', 'nyu_office']);
    await dataset.close();
  });

  it.each(ids)('is projected as in the Python implementation: %s', async (id) => {
    const dataset = await openNyu(fixture('raw-dump', name));
    const frame = await dataset.read(id);
    await expectProjection(frame);
    await dataset.close();
  });
});

describe('the raw dump', () => {
  it('is projected at full size with the published parameters', async () => {
    const dataset = await openNyu(fixture('raw-dump', 'full.zip'));
    const frame = await dataset.read(dataset.frames[0]!.id);
    expect([frame.image.width, frame.image.height]).toEqual([640, 480]);
    await expectProjection(frame);
    // Most of the wall is there, and what the sensor did not see is not.
    const measured = frame.valid.reduce((sum, value) => sum + value, 0) / frame.valid.length;
    expect(measured).toBeGreaterThan(0.6);
    expect(measured).toBeLessThan(0.99);
  });

  it('gives every n-th frame', async () => {
    const dataset = await openNyu(fixture('raw-dump', 'dump'), { frameStride: 3 });
    expect(dataset.frames.map(({ id }) => id)).toEqual([ids[0], ids[3], ids[4]]);
    await expect(openNyu(fixture('raw-dump', 'dump'), { frameStride: 0 })).rejects.toThrow(
      'frameStride must be a positive integer, got 0.',
    );
  });

  it('has parts when the training scenes are named', async () => {
    const folder = await temporaryFolder();
    const list = join(folder, 'train_scenes.txt');
    await writeFile(list, 'nyu_office_1\nstudy_0009');
    for (const trainScenes of [list, ['nyu_office_1']]) {
      const split = (await openNyu(fixture('raw-dump', 'dump'), { trainScenes })).split();
      expect([split.train.length, split.test.length]).toEqual([2, 4]);
    }
    const without = await openNyu(fixture('raw-dump', 'dump'));
    expect(() => without.split()).toThrow('name the training scenes with the option trainScenes');
  });

  it('fills missing depth when asked to, and changes nothing that was measured', async () => {
    const [raw, filled] = await Promise.all([
      openNyu(fixture('raw-dump', 'dump', 'nyu_office_1')),
      openNyu(fixture('raw-dump', 'dump', 'nyu_office_1'), { depth: 'filled' }),
    ]);
    const id = raw.frames[0]!.id;
    const [before, after] = [await raw.read(id), await filled.read(id)];
    expect(before.valid).toContain(0);
    expect(after.valid).not.toContain(0);
    for (const [index, value] of before.depth.entries()) if (value > 0) expect(after.depth[index]).toBe(value);
  });

  it('leaves out the file that is published broken, and scenes without color', async () => {
    const folder = await temporaryFolder();
    const scene = join(folder, 'basement_0001a');
    await cp(fixture('raw-dump', 'dump', 'nyu_office_1'), scene, { recursive: true });
    const [first] = (await readdir(scene)).filter((name) => name.startsWith('d-'));
    await rename(join(scene, first!), join(scene, 'd-1315166703.129542-2466101449.pgm'));
    const dataset = await openNyu(folder);
    expect(dataset.frames).toHaveLength(1);
    expect(dataset.skipped[0]!.problem).toBe('This file is known to be broken as published.');
    for (const name of await readdir(scene)) if (name.startsWith('r-')) await rm(join(scene, name));
    await expect(openNyu(folder)).rejects.toThrow('The scene has 1 depth images, but no color image (r-*.ppm).');
  });

  it('rejects files that are empty, cut off, of another size or in the other byte order', async () => {
    const folder = join(await temporaryFolder(), 'office_0001');
    await cp(fixture('raw-dump', 'dump', 'nyu_office_1'), folder, { recursive: true });
    const dataset = await openNyu(folder);
    const id = dataset.frames[0]!.id;
    const depth = join(folder, `${basename(id)}.pgm`);
    const good = await readFile(depth);
    const rejects = async (content: Uint8Array, message: string) => {
      await writeFile(depth, content);
      await expect(dataset.read(id)).rejects.toThrow(`Frame ${id}: ${depth}: ${message}`);
    };
    await rejects(Buffer.alloc(0), 'The file is empty.');
    await rejects(good.subarray(0, good.length - 1), 'It ends early: 6143 of 6144 bytes of pixels are there.');
    await rejects(Buffer.from('P5 99999999 99999999 65535\n'), 'Its header names 99999999 by 99999999 pixels');
    await rejects(
      Buffer.from('P5 64 48 255\n'),
      'Expected a 16-bit gray image (P5, maximum 65535), but it is P5 with maximum 255.',
    );
    await rejects(
      Buffer.concat([Buffer.from('P5 32 24 65535\n'), good.subarray(good.length - 1536)]),
      'The depth image has 32 by 24 pixels, but the color image 64 by 48.',
    );
    await rejects(
      Buffer.concat([good.subarray(0, good.length - 6144), good.subarray(good.length - 6144).swap16()]),
      "The value at row 0, column 0 is 65287, but the sensor gives at most 2047. NYU's PGM files have the low byte first",
    );
  });

  it('rejects zip members that are bombs, lead out, are encrypted or do not match', async () => {
    const folder = await temporaryFolder();
    const scene = fixture('raw-dump', 'dump', 'nyu_office_1');
    const files = (await readdir(scene)).filter((name) => /^[dr]-/.test(name)).sort();
    const entries = await Promise.all(
      files.map(async (name) => ({ name: `nyu_office_1/${name}`, content: await readFile(join(scene, name)) })),
    );
    const [depth] = entries;
    const path = join(folder, 'dump.zip');
    const open = async (first: object, onBadFrame: 'throw' | 'skip' = 'throw') => {
      await writeFile(path, writeZip([{ ...depth!, ...first }, ...entries.slice(1)]));
      return openNyu(path, { onBadFrame });
    };
    const refusedAtOnce: [object, string][] = [
      [{ size: 2 ** 31 }, 'it claims 2147483648 bytes, more than 67108864'],
      [{ name: `../nyu_office_1/${files[0]}` }, 'its name leads out of the archive'],
      [{ name: `/etc/${files[0]}` }, 'its name is an absolute path'],
      [{ name: `nyu_office_1\\${files[0]}` }, 'its name contains a backslash'],
      [{ flags: 1 }, 'it is encrypted'],
      [{ method: 99 }, 'its compression (method 99) is not deflate'],
    ];
    for (const [change, message] of refusedAtOnce) {
      await expect(open(change)).rejects.toThrow(`The member is not read: ${message}`);
      const dataset = await open(change, 'skip');
      expect([dataset.frames.length, dataset.skipped.length]).toEqual([1, 1]);
    }
    const refusedWhenRead: [object, string][] = [
      [{ checksum: 1 }, 'its content does not match its checksum'],
      // A bomb that states a small size: not a byte more than that is taken.
      [{ content: Buffer.alloc(2 ** 24), size: depth!.content.length }, 'too many bytes'],
      [{ content: depth!.content.subarray(0, 100), size: depth!.content.length }, 'not enough bytes'],
    ];
    for (const [change, message] of refusedWhenRead) {
      const dataset = await open(change);
      await expect(dataset.read(dataset.frames[0]!.id)).rejects.toThrow(message);
      await dataset.close();
    }
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length / 2));
    await expect(openNyu(path)).rejects.toThrow("dump.zip: It can't be read");
  });
});

async function expectProjection(frame: Frame) {
  const name = frame.id.replace('/', '-');
  const depth = await fixtureArray('raw-dump', `${name}.depth.npy.gz`);
  const image = await fixtureArray('raw-dump', `${name}.image.npy.gz`);
  // A point on the edge between two pixels may fall to either; it is one pixel in many thousand.
  const differ = frame.depth.reduce((count, value, index) => count + (value > 0 !== depth.data[index]! > 0 ? 1 : 0), 0);
  expect(differ).toBeLessThanOrEqual(frame.depth.length / 10_000);
  const both = [...frame.depth.keys()].filter((index) => frame.depth[index]! > 0 && depth.data[index]! > 0);
  expect(both.length).toBeGreaterThan(frame.depth.length / 2);
  const differences = both.map((index) => Math.abs(frame.depth[index]! - depth.data[index]!));
  expect(differences.filter((difference) => difference > 0.001).length).toBeLessThanOrEqual(
    frame.depth.length / 10_000,
  );
  expect(greatestDifference(frame.image.data, image.data)).toBeLessThanOrEqual(1);
}
