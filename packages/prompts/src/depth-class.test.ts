import { describe, expect, it } from 'vitest';
import { classifyDepth, DEPTH_CLASSES, type DepthClass, describeClass } from './depth-class.js';
import { pixelStatistics } from './pixel-statistics.js';
import type { RawImage } from './raw-image.js';
import { goldenImages, seededRandom } from './testing/golden-images.js';

const names = DEPTH_CLASSES.map(({ name }) => name);
const onePixel = (value: number): RawImage => ({ data: Uint8Array.of(value), width: 1, height: 1, channels: 1 });

describe('DEPTH_CLASSES', () => {
  it("has the paper's seven names in the paper's order", () => {
    expect(names).toEqual(['giant', 'extremely close', 'close', 'not in distance', 'a little remote', 'far', 'unseen']);
  });

  it("maps DepthCLIP's bins from [1, 3] to [0, 255]", () => {
    expect(DEPTH_CLASSES.map(({ bin }) => bin)).toEqual([1, 1.5, 2, 2.25, 2.5, 2.75, 3]);
    for (const { bin, level } of DEPTH_CLASSES) expect(level).toBe(((bin - 1) / (3 - 1)) * 255);
  });
});

describe('classifyDepth', () => {
  it('gives every median the one class whose level is nearest', () => {
    for (let median = 0; median <= 255; median++) {
      const distances = DEPTH_CLASSES.map(({ level }) => Math.abs(level - median));
      const nearest = distances.indexOf(Math.min(...distances));
      expect(distances.filter((distance) => distance === distances[nearest])).toHaveLength(1);
      expect(classifyDepth(onePixel(median)), `median ${median}`).toBe(names[nearest]);
      const { from, to } = DEPTH_CLASSES[nearest]!;
      expect(from <= median && median <= to).toBe(true);
    }
  });

  it.each(DEPTH_CLASSES)('reaches $name from median $from to $to, and no further', ({ name, from, to }) => {
    expect([from, to].map((median) => classifyDepth(onePixel(median)))).toEqual([name, name]);
    if (from > 0) expect(classifyDepth(onePixel(from - 1))).not.toBe(name);
    if (to < 255) expect(classifyDepth(onePixel(to + 1))).not.toBe(name);
  });

  it('never moves to an earlier class when pixels get brighter', () => {
    const random = seededRandom(3);
    let changes = 0;
    for (let round = 0; round < 300; round++) {
      const offset = random() * 200;
      const data = Uint8ClampedArray.from({ length: 75 }, () => offset + random() * 100);
      const brighter = data.map((value) => (random() < 0.5 ? value + random() * 80 : value));
      const [before, after] = [data, brighter].map((values) =>
        names.indexOf(classifyDepth({ data: values, width: 5, height: 5, channels: 3 })),
      ) as [number, number];
      expect(after).toBeGreaterThanOrEqual(before);
      if (after > before) changes++;
    }
    expect(changes).toBeGreaterThan(0);
  });

  it('is not moved by a black border or a blown-out window that hold the most frequent value', () => {
    const room = Uint8Array.from({ length: 100 }, (_, index) => 100 + (index % 40));
    const { width, height, channels } = { width: 10, height: 10, channels: 1 } as const;
    expect(classifyDepth({ data: room, width, height, channels })).toBe('close');
    for (const value of [0, 255]) {
      const spoiled = room.map((level, index) => (index < 10 ? value : level));
      expect(classifyDepth({ data: spoiled, width, height, channels })).toBe('close');
    }
  });

  it.each(goldenImages())('gives the same from the image and from its statistics: $name', ({ image }) => {
    expect(classifyDepth(pixelStatistics(image))).toBe(classifyDepth(image));
  });

  it('refuses broken images and impossible statistics', () => {
    expect(() => classifyDepth({ ...onePixel(1), width: 2 })).toThrow(
      'An image of 2 by 1 pixels with 1 channel has 2 values, but data holds 1.',
    );
    expect(() => classifyDepth({ minimum: 0, maximum: 300, median: 256 })).toThrow('The maximum of');
    expect(() => classifyDepth({ minimum: 0, maximum: 255, median: Number.NaN })).toThrow('The median of');
    expect(() => classifyDepth(null as unknown as RawImage)).toThrow('An image must be');
  });
});

describe('describeClass', () => {
  it.each(names)('names %s', (name) => {
    expect(describeClass(name)).toBe(`Depth class: ${name}.`);
  });

  it('refuses any other name', () => {
    expect(() => describeClass('near' as DepthClass)).toThrow('Unknown depth class "near": use one of \'giant\',');
  });
});
