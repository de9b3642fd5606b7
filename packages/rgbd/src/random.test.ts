import { describe, expect, it } from 'vitest';
import { checkSeed, hash, seededRandom, shuffled } from './random.js';

describe('seededRandom', () => {
  it('gives these numbers, on every machine', () => {
    const random = seededRandom('sample', 0, 'kitchen');
    expect([random(), random(), random()]).toEqual(FIRST_NUMBERS);
  });

  it('gives other numbers for every other key', () => {
    const keys = [[0], [1], ['0', 1], [0, '1x'], [0, 1, 2], [1, 0], ['sample', 0], ['order', 0]] as (
      | string
      | number
    )[][];
    const first = keys.map((key) => seededRandom(...key)());
    expect(new Set(first).size).toBe(keys.length);
  });

  it('is even', () => {
    const random = seededRandom('even');
    const counts = new Array(10).fill(0);
    for (let index = 0; index < 10_000; index++) counts[Math.floor(random() * 10)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

// Fixed once: published lists of frames are drawn with them.
const FIRST_NUMBERS = [0.4762181122787297, 0.8580308712553233, 0.5260012976359576];

describe('shuffled', () => {
  it('gives every order about equally often, and keeps the values given', () => {
    const values = ['a', 'b', 'c'];
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 1200; seed++) {
      const order = shuffled(values, seededRandom('orders', seed)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(values).toEqual(['a', 'b', 'c']);
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(60);
  });
});

describe('hash', () => {
  it('is FNV-1a over bytes', () => {
    // The published value of "a" is for one byte; here each code unit is two, the low one first.
    expect(hash('')).toBe(0x811c9dc5);
    expect(hash('a')).toBe(Number((BigInt(0xe40c292c) * 0x01000193n) & 0xffffffffn));
  });
});

describe('checkSeed', () => {
  it('rejects fractions and NaN', () => {
    expect(() => checkSeed(1.5)).toThrow('A seed must be an integer, got 1.5.');
    expect(() => checkSeed(Number.NaN)).toThrow('got NaN.');
    expect(() => checkSeed(-3)).not.toThrow();
  });
});
