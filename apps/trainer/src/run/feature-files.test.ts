import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { beforeEach, describe, expect, it } from 'vitest';
import { FeatureFiles, type FeatureFilesOptions } from './feature-files.js';

const parent = folderOfFile();
const KEY = '0123456789abcdef';
const [ONE, TWO] = ['a'.repeat(32), 'b'.repeat(32)] as const;

let count = 0;
let folder: string;
let damaged: string[];
beforeEach(() => {
  folder = join(parent, `features-${count++}`);
  damaged = [];
});

const open = (options: Partial<FeatureFilesOptions> = {}) =>
  FeatureFiles.open(folder, { key: KEY, maxBytes: 1e6, onDamaged: (path) => damaged.push(path), ...options });
const features = (scale = 1) => ({
  data: Float32Array.from({ length: 24 }, (_, index) => (scale * (index - 7)) / 3),
  shape: [2, 3, 2, 2] as const,
});
const pathOf = (image: string, key = KEY) => join(folder, `${key}-${image}.features`);

describe('FeatureFiles', () => {
  it('gives back what was written, rounded to float16, also when it is opened again', async () => {
    const files = await open();
    expect(await files.read(ONE)).toBeUndefined();
    const written = await files.write(ONE, features());
    for (const [index, value] of features().data.entries()) {
      expect(Math.abs(written.data[index]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11);
    }
    expect(written.shape).toEqual([2, 3, 2, 2]);
    expect(await files.read(ONE)).toEqual(written);
    const reopened = await open();
    expect([reopened.count, reopened.bytes]).toEqual([1, readFileSync(pathOf(ONE)).length]);
    expect(await reopened.read(ONE)).toEqual(written);
    expect(readdirSync(folder)).toEqual([`${KEY}-${ONE}.features`]);
  });

  it('takes no file that is damaged, gone, or was left unfinished by a kill', async () => {
    const files = await open();
    await files.write(ONE, features());
    await files.write(TWO, features(2));
    const whole = readFileSync(pathOf(ONE));
    for (const position of [3, 60, whole.length - 40, whole.length - 1]) {
      writeFileSync(
        pathOf(ONE),
        Uint8Array.from(whole, (byte, index) => (index === position ? byte ^ 1 : byte)),
      );
      expect(await (await open()).read(ONE), `byte ${position}`).toBeUndefined();
    }
    truncateSync(pathOf(TWO), 20);
    const unfinished = `${pathOf(ONE)}.${crypto.randomUUID()}.tmp`;
    writeFileSync(unfinished, whole.subarray(0, 100));
    damaged = [];
    const reopened = await open();
    expect(existsSync(unfinished)).toBe(false);
    expect(await reopened.read(TWO)).toBeUndefined();
    expect(damaged).toEqual([pathOf(TWO)]);
    expect(reopened.count).toBe(1);
    const again = await reopened.write(TWO, features(2));
    expect(await (await open()).read(TWO)).toEqual(again);
  });

  it('has nothing of another key, and leaves what it did not write', async () => {
    await (await open()).write(ONE, features());
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const other = await open({ key: 'fedcba9876543210' });
    expect(other.count).toBe(0);
    expect(await other.read(ONE)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['notes.txt']);
    await other.write(TWO, features());
    await FeatureFiles.remove(folder);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it('does not grow beyond its size, and still gives the same features', async () => {
    const files = await open({ maxBytes: 300 });
    const [one, two] = [await files.write(ONE, features()), await files.write(TWO, features())];
    expect(two).toEqual(one);
    expect([files.count, readdirSync(folder)]).toEqual([1, [`${KEY}-${ONE}.features`]]);
    expect(files.bytes).toBeLessThanOrEqual(300);
    expect(await files.read(TWO)).toBeUndefined();
    expect(damaged).toEqual([]);
    await FeatureFiles.remove(folder);
    expect(existsSync(folder)).toBe(false);
    await FeatureFiles.remove(folder);
  });
});
