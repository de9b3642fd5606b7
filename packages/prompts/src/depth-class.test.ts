import { describe, expect, it } from 'vitest';
import { classifyDepth, DEPTH_CLASSES } from './depth-class.js';
import { pixelStatistics } from './statistics.js';

const names = DEPTH_CLASSES.map(({ name }) => name);

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
      expect(classifyDepth({ median }), `median ${median}`).toBe(names[nearest]);
      const { from, to } = DEPTH_CLASSES[nearest]!;
      expect(from <= median && median <= to).toBe(true);
    }
  });

  it('is not moved by a black border or a blown-out window that hold the most frequent value', () => {
    const room = Uint8Array.from({ length: 100 }, (_, index) => 100 + (index % 40));
    const { width, height, channels } = { width: 10, height: 10, channels: 1 } as const;
    expect(classifyDepth(pixelStatistics({ data: room, width, height, channels }))).toBe('close');
    for (const value of [0, 255]) {
      const spoiled = room.map((level, index) => (index < 10 ? value : level));
      expect(classifyDepth(pixelStatistics({ data: spoiled, width, height, channels }))).toBe('close');
    }
  });
});
