import { readFileSync } from 'node:fs';
import { decodeImage } from '../decode-image.js';
import type { RawImage } from '../raw-image.js';

/** What tooling/parity/preprocess-goldens.py writes; sizes are [height, width]. */
export interface Goldens {
  processors: { name: string; config: Record<string, unknown>; images: string[]; sheet: string }[];
  normalized: { image: string; config: object; shape: number[]; positions: number[]; values: number[] }[];
  sizes: { config: object; inputs: [number, number][]; outputs: [number, number][] }[];
  resizes: { image: string; width: number; height: number; sheet: string }[];
}

const folder = new URL('../../../fixtures/preprocess/', import.meta.url);

export const goldens: Goldens = JSON.parse(readFileSync(new URL('goldens.json', folder), 'utf8'));

export function fixture(name: string): URL {
  return new URL(name, folder);
}

/** Cuts a sheet into its `count` results, which lie one below the other. */
export async function readSheet(name: string, count: number): Promise<RawImage[]> {
  const { data, width, height, channels } = await decodeImage(fixture(name));
  const length = data.length / count;
  return Array.from({ length: count }, (_, index) => ({
    data: data.subarray(index * length, (index + 1) * length),
    width,
    height: height / count,
    channels,
  }));
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  let largest = 0;
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!);
    // Not Math.max: NaN counts.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
