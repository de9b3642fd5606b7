import { encodeDepthPng, encodeNpy } from '@llm-mde/depth-maps';
import { expect, it } from 'vitest';
import { depthOfDistances, isDepthPng, pairFiles, readDepth, resizeTruth } from './training-pairs.js';

const named = (...names: string[]) =>
  names.map((name) => ({ name, type: name.endsWith('.npy') || name.endsWith('.txt') ? '' : 'image/png' }));

it('pairs photos and depth by name, and names every other file', () => {
  const files = named('a.jpg', 'a.npy', 'b.png', 'b_depth.png', 'alone.jpg', 'lost-depth.png', 'notes.txt');
  const { pairs, problems } = pairFiles(files, ({ name }) => name.includes('depth'));
  expect(pairs.map(({ photo, depth }) => [photo.name, depth.name])).toEqual([
    ['a.jpg', 'a.npy'],
    ['b.png', 'b_depth.png'],
  ]);
  expect(problems).toEqual([
    expect.stringContaining('notes.txt is neither'),
    expect.stringContaining('alone.jpg has no depth'),
    expect.stringContaining('lost-depth.png has no photo'),
  ]);
});

it('reads metres of both formats, with 0 where there is no depth', () => {
  const size = { width: 3, height: 2 };
  const metres = [1, 2.5, 0, Number.NaN, 4, 9];
  const known = [1, 2.5, 0, 0, 4, 9];
  const [npy, png] = [encodeNpy(metres, size), encodeDepthPng(metres, size)];
  expect([isDepthPng(npy), isDepthPng(png)]).toEqual([false, true]);
  for (const content of [npy, png]) {
    const { depth, ...read } = readDepth('a', content);
    expect([read, [...depth]]).toEqual([size, known]);
  }
  expect(() => readDepth('a.npy', encodeNpy([0, -1], { width: 2, height: 1 }))).toThrow('a.npy has no depth');
  expect(() => readDepth('a.npy', new Uint8Array(20))).toThrow('a.npy cannot be read');
});

it('keeps few known distances at any size', () => {
  const truth = depthOfDistances({ width: 640, height: 480 }, [{ column: 100, row: 300, metres: 2.5 }]);
  expect([truth.width, truth.height]).toEqual([160, 120]);
  expect(truth.depth[75 * 160 + 25]).toBe(2.5);
  expect(truth.depth.filter((metres) => metres > 0).length).toBe(25);
  const single = new Float32Array(100 * 100);
  single[3 * 100 + 7] = 4;
  const small = resizeTruth({ width: 100, height: 100, depth: single }, { width: 10, height: 10 });
  expect(small.depth.filter((metres) => metres > 0)).toEqual(Float32Array.of(4));
  expect(small.depth[0]).toBe(4);
  const large = resizeTruth({ width: 2, height: 1, depth: Float32Array.of(1, 2) }, { width: 4, height: 2 });
  expect([...large.depth]).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
});
