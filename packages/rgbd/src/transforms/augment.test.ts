import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.js';
import { fixtureArray, greatestDifference } from '../testing/fixtures.js';
import { testFrame } from '../testing/test-frame.js';
import type { Frame } from '../types.js';
import { type AugmentOptions, augment, rotate } from './augment.js';
import { depthSizeOf, withDepthOfImage } from './resize.js';

const frame = testFrame(40, 30);
const off: AugmentOptions = { rotation: false, crop: false, flip: false, color: false };
const isWhole = ({ image, depth, valid }: Frame) => {
  expect(image.data).toHaveLength(image.width * image.height * 3);
  expect(valid).toEqual(Uint8Array.from(depth, (value) => (value > 0 ? 1 : 0)));
};

describe('augment', () => {
  it('follows from its random numbers alone, and does not change the frame given', () => {
    const before = structuredClone(frame);
    const options = { crop: { width: 20, height: 10 } };
    const results = [1, 1, 2].map((seed) => augment(frame, options, seededRandom(seed)));
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).not.toEqual(results[0]);
    for (const result of results) isWhole(result);
    expect(frame).toEqual(before);
  });

  it('copies the frame when every step is off', () => {
    const result = augment(frame, off, seededRandom(1));
    expect(result).toEqual(frame);
    expect(result.depth).not.toBe(frame.depth);
    expect(result.image.data.buffer).not.toBe(frame.image.data.buffer);
  });

  it('enlarges a part of the frame, its camera with it: a pixel still looks where it looked', () => {
    const intrinsics = { fx: 30, fy: 31, cx: 19, cy: 14 };
    // Depth that tells the pixel it came from.
    const depth = Float32Array.from({ length: 1200 }, (_, at) => 1 + at);
    const source = { ...frame, depth, valid: new Uint8Array(1200).fill(1), intrinsics };
    const factors = Array.from({ length: 20 }, (_, seed) => {
      const result = augment(source, { ...off, zoom: 2 }, seededRandom(seed));
      const camera = result.intrinsics!;
      const factor = camera.fx / intrinsics.fx;
      expect(camera.fy / intrinsics.fy).toBeCloseTo(factor, 6);
      expect([result.image.width, result.image.height, result.valid.every(Boolean)]).toEqual([40, 30, true]);
      for (const [column, row] of [
        [0, 0],
        [20, 9],
        [39, 29],
      ] as const) {
        const from = result.depth[row * 40 + column]! - 1;
        const x = ((from % 40) - intrinsics.cx) / intrinsics.fx - (column - camera.cx) / camera.fx;
        const y = (Math.floor(from / 40) - intrinsics.cy) / intrinsics.fy - (row - camera.cy) / camera.fy;
        // Depth is that of the nearest pixel.
        expect(Math.max(Math.abs(x) * intrinsics.fx, Math.abs(y) * intrinsics.fy)).toBeLessThan(0.51);
      }
      return factor;
    });
    expect(Math.min(...factors) >= 1 && Math.max(...factors) <= 2).toBe(true);
    expect(Math.max(...factors) / Math.min(...factors)).toBeGreaterThan(1.5);
    expect(() => augment(frame, { zoom: 0.5 }, seededRandom(1))).toThrow(
      'zoom must be a factor from 1 to 10, got 0.5.',
    );
  });

  it('flips image, depth and mask together', () => {
    const result = augment(frame, { ...off, flip: 1 }, seededRandom(1));
    for (const [x, y] of [
      [0, 0],
      [39, 29],
      [7, 3],
    ] as const) {
      const [from, to] = [y * 40 + x, y * 40 + 39 - x];
      expect(result.depth[to]).toBe(frame.depth[from]);
      expect([...result.image.data.subarray(3 * to, 3 * to + 3)]).toEqual([
        ...frame.image.data.subarray(3 * from, 3 * from + 3),
      ]);
    }
    isWhole(result);
    expect(augment(result, { ...off, flip: 1 }, seededRandom(1))).toEqual(frame);
  });

  it('moves the camera with the pixels', () => {
    const [cx, cy] = [12, 9];
    const marked = { ...frame, depth: frame.depth.slice(), intrinsics: { fx: 30, fy: 30, cx, cy } };
    marked.depth[cy * 40 + cx] = 99;
    const options: AugmentOptions = { ...off, crop: { width: 32, height: 24 } };
    const results = [rotate(marked, 90), rotate(marked, -17)];
    for (let seed = 0; seed < 20; seed++)
      results.push(augment(marked, { ...options, flip: seed % 2 }, seededRandom(seed)));
    for (const { image, depth, intrinsics } of results) {
      const at = Math.round(intrinsics!.cy) * image.width + Math.round(intrinsics!.cx);
      expect(depth[at]).toBe(99);
    }
    expect(frame).not.toHaveProperty('intrinsics');
  });

  it('flips about as often as it is told to', () => {
    const flips = Array.from({ length: 400 }, (_, seed) =>
      augment(frame, { ...off, flip: 0.25 }, seededRandom('flips', seed)),
    );
    const count = flips.filter(({ depth }) => depth[1] !== frame.depth[1]).length;
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThan(130);
  });

  it('cuts out a rectangle of the frame, anywhere in it', () => {
    const corners = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const result = augment(frame, { ...off, crop: { width: 39, height: 28 } }, seededRandom(seed));
      isWhole(result);
      const places = [0, 1].flatMap((left) => [0, 1, 2].map((top) => [left, top] as const));
      const place = places.filter(([left, top]) =>
        result.depth.every(
          (value, index) => value === frame.depth[(top + Math.floor(index / 39)) * 40 + left + (index % 39)],
        ),
      );
      expect(place).toHaveLength(1);
      corners.add(String(place[0]));
      const [left, top] = place[0]!;
      expect(result.image.data[0]).toBe(frame.image.data[(top * 40 + left) * 3]);
    }
    expect(corners.size).toBe(6);
    const tooLarge = () => augment(frame, { ...off, crop: { width: 41, height: 28 } }, seededRandom(1));
    expect(tooLarge).toThrow('A crop of 41 by 28 does not fit into 40 by 30 pixels (frame kitchen_0001/00001).');
  });

  it('changes colors within its limits, and depth never', () => {
    const exact = { probability: 1, gamma: [2, 2], brightness: [0.5, 0.5], channel: [1, 1] } as const;
    const result = augment(frame, { ...off, color: exact }, seededRandom(1));
    const halved = frame.image.data.map((value) => Math.round(0.5 * (value / 255) ** 2 * 255));
    expect(result.image.data).toEqual(halved);
    expect(result.depth).toEqual(frame.depth);
    for (let seed = 0; seed < 50; seed++) {
      const { image } = augment(frame, { ...off, color: { probability: 1 } }, seededRandom(seed));
      const isWithin = frame.image.data.every((value, index) => {
        const changed = image.data[index]! / 255;
        const [most, least] = [Math.min(1, (value / 255) ** 0.9 * 1.25 * 1.1), (value / 255) ** 1.1 * 0.75 * 0.9];
        return changed <= most + 0.003 && changed >= least - 0.003;
      });
      expect(isWithin).toBe(true);
    }
  });

  it('keeps the other steps when one is left out', () => {
    const color = { probability: 1 };
    const all = augment(frame, { ...off, flip: 1, color }, seededRandom(5));
    const withoutFlip = augment(frame, { ...off, color }, seededRandom(5));
    expect(augment(withoutFlip, { ...off, flip: 1 }, seededRandom(5))).toEqual(all);
  });

  it('turns by no more than it is told to', () => {
    for (let seed = 0; seed < 20; seed++) {
      const result = augment(frame, { ...off, rotation: 2.5 }, seededRandom(seed));
      // In a corner, 2.5 degrees move a pixel by 25 * 0.0436, about one pixel.
      const kept = result.depth.filter((value) => value > 0);
      const values = new Set(frame.depth);
      expect(kept.every((value) => values.has(value))).toBe(true);
      isWhole(result);
    }
    expect(() => augment(frame, { ...off, rotation: -1 }, seededRandom(1))).toThrow(
      'rotation must be from 0 to 180 degrees, got -1.',
    );
    expect(() => augment(frame, { ...off, flip: 2 }, seededRandom(1))).toThrow('flip must be from 0 to 1, got 2.');
  });
});

describe('rotate', () => {
  it.each([2.5, -1.3, 40])('by %f degrees gives what Pillow gives', async (degrees) => {
    const name = Number.isInteger(degrees) ? `${degrees}.0` : String(degrees);
    const [image, depth] = [await fixtureArray('rotation', 'image.npy'), await fixtureArray('rotation', 'depth.npy')];
    const [height, width] = depth.shape as [number, number];
    const result = rotate(
      {
        ...frame,
        image: { data: image.data as Uint8Array, width, height, channels: 3 },
        depth: depth.data as Float32Array,
        valid: new Uint8Array(width * height).fill(1),
      },
      degrees,
    );
    const depths = (await fixtureArray('rotation', `depth${name}.npy`)).data;
    const differing = result.depth.filter((value, index) => value !== depths[index]).length;
    expect(differing).toBeLessThanOrEqual(depths.length / 1000);
    const images = (await fixtureArray('rotation', `image${name}.npy`)).data;
    expect(greatestDifference(result.image.data, images)).toBeLessThanOrEqual(1);
    isWhole(result);
  });
});

describe('depth of its own size', () => {
  /** 24 by 16 pixels whose depth has 6 by 4; without it, every pixel of the image has the depth of the pixel that it lies in. */
  const small = { ...testFrame(24, 16), depthWidth: 6, depthHeight: 4 };
  small.depth = Float32Array.from({ length: 24 }, (_, at) => (at === 5 ? 0 : 1 + at));
  small.valid = Uint8Array.from(small.depth, (value) => (value > 0 ? 1 : 0));

  it.each<[string, AugmentOptions]>([
    ['rotation', { rotation: 20, flip: false, color: false }],
    ['zoom', { rotation: false, zoom: 3, flip: false, color: false }],
    ['flip', { rotation: false, flip: 1, color: false }],
    ['crop of whole depth pixels', { rotation: false, crop: { width: 8, height: 8 }, flip: false, color: false }],
    ['all', { rotation: 5, zoom: 1.5, flip: 1 }],
  ])('is varied as the picture is: %s', (_, options) => {
    for (const seed of [1, 2, 3]) {
      const varied = augment(small, options, seededRandom('own size', seed));
      const whole = augment(withDepthOfImage(small), options, seededRandom('own size', seed));
      expect(varied.image).toEqual(whole.image);
      const { width, height } = depthSizeOf(varied);
      expect([varied.depth.length, varied.valid.length]).toEqual([width * height, width * height]);
      expect(width / height).toBeCloseTo(varied.image.width / varied.image.height, 6);
      // At the centers of its pixels, which lie between pixels of the image, depth is that of one of those around; a crop need not begin at a pixel's edge.
      const factor = varied.image.width / width;
      for (let at = 0; at < varied.depth.length; at++) {
        const [x, y] = [((at % width) + 0.5) * factor, (Math.floor(at / width) + 0.5) * factor];
        const around = [-1, 0].flatMap((dx) =>
          [-1, 0].map((dy) => whole.depth[(y + dy) * varied.image.width + x + dx]),
        );
        expect(around).toContain(varied.depth[at]);
      }
    }
  });
});
