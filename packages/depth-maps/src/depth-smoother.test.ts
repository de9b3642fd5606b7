import { expect, it } from 'vitest';
import { DepthSmoother, flickerBetween } from './depth-smoother.js';

const size = { width: 24, height: 16 };
const length = size.width * size.height;

/** Random numbers with a variance of about 1, the same at every run. */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() - 1.5) * 2;
}

const wall = (metres: number) => new Float32Array(length).fill(metres);
const picture = (brightness: number) => new Uint8Array(3 * length).fill(brightness);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

it('takes flicker of scale and of pixels down to less than a third, where nothing moves', () => {
  const random = noise(1);
  const smoother = new DepthSmoother();
  const colors = picture(120);
  let [raw, smooth] = [0, 0];
  let last: { raw: Float32Array; smooth: Float32Array } | undefined;
  for (let frame = 0; frame < 60; frame++) {
    const scale = Math.exp(0.05 * random());
    const depth = wall(3).map((metres) => metres * scale * Math.exp(0.03 * random()));
    const smoothed = smoother.next(depth, colors, size);
    expect(mean(smoothed)).toBeGreaterThan(2.7);
    expect(mean(smoothed)).toBeLessThan(3.3);
    if (last) {
      raw += flickerBetween({ depth: last.raw, colors }, { depth, colors });
      smooth += flickerBetween({ depth: last.smooth, colors }, { depth: smoothed, colors });
    }
    last = { raw: depth, smooth: smoothed };
  }
  expect(smooth / raw).toBeLessThan(1 / 3);
});

it('follows what moves at once, a slow change of scale with a lag, and begins anew at a cut', () => {
  const smoother = new DepthSmoother();
  smoother.next(wall(3), picture(100), size);
  // A hand before the wall, bright and near.
  const [depth, colors] = [wall(3), picture(100)];
  for (let pixel = 0; pixel < 60; pixel++) {
    depth[pixel] = 0.8;
    colors.fill(220, 3 * pixel, 3 * pixel + 3);
  }
  const moved = smoother.next(depth, colors, size);
  expect(moved[0]).toBeCloseTo(0.8, 2);
  expect(moved.at(-1)).toBeCloseTo(3, 5);
  let metres = 3;
  let followed = moved;
  for (let frame = 0; frame < 80; frame++) {
    metres *= 1.01;
    followed = smoother.next(wall(metres), picture(100), size);
  }
  expect(followed.at(-1)! / metres).toBeGreaterThan(0.75);
  expect(followed.at(-1)! / metres).toBeLessThan(1);
  // Another room.
  expect(smoother.next(wall(9), picture(200), size).at(-1)).toBeCloseTo(9, 5);
});

it('keeps missing depth, takes it over when it comes, and refuses wrong sizes', () => {
  const smoother = new DepthSmoother();
  const depth = wall(2);
  depth[0] = 0;
  expect(smoother.next(depth, picture(10), size)[0]).toBe(0);
  const next = smoother.next(wall(2), picture(10), size);
  expect(next[0]).toBeCloseTo(2, 5);
  expect(() => smoother.next(wall(2), picture(10), { width: 3, height: 3 })).toThrow(RangeError);
  expect(() => new DepthSmoother({ scaleGain: 0 })).toThrow('scaleGain must be above 0');
});
