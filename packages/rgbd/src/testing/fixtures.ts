import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decodeNpy, type NpyArray } from '@llm-mde/depth-maps';
import { onTestFinished } from 'vitest';

const FOLDERS = ['../../fixtures/', '../../../nyu/fixtures/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Path of a file that tooling/parity/nyu-fixtures.py wrote, for this package or for nyu. */
export function fixture(...parts: string[]): string {
  return join(FOLDERS.find((folder) => existsSync(join(folder, parts[0]!)))!, ...parts);
}

/** An array that NumPy wrote, packed with gzip or not. */
export async function fixtureArray(...parts: string[]): Promise<NpyArray> {
  const path = fixture(...parts);
  const content = await readFile(path);
  return decodeNpy(path.endsWith('.gz') ? gunzipSync(content) : content);
}

/** Frame `index` of an array whose first axis counts frames. */
export function slice({ shape, data }: NpyArray, index: number): NpyArray['data'] {
  const length = shape.slice(1).reduce((product, size) => product * size, 1);
  return data.subarray(index * length, (index + 1) * length);
}

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rgbd-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Greatest difference of two arrays of one length. */
export function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let greatest = 0;
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs(a[index]! - b[index]!);
    if (!(difference <= greatest)) greatest = difference;
  }
  return greatest;
}
