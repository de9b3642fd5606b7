import { describe, expect, it } from 'vitest';
import { splitByScene } from './split-by-scene.js';

describe('splitByScene', () => {
  it('puts every frame into one split, every scene into one split, and keeps the share', () => {
    const scenes = Array.from({ length: 300 }, (_, index) => `room_${Math.floor(index / 3)}`);
    const { train, test } = splitByScene(scenes);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual([...scenes.keys()]);
    const trainScenes = new Set(train.map((place) => scenes[place]));
    for (const place of test) expect(trainScenes.has(scenes[place])).toBe(false);
    expect(Math.abs(train.length - (300 * 795) / 1449)).toBeLessThan(4);
    expect(splitByScene(scenes)).toEqual({ train, test });
    expect(splitByScene(scenes, 0.5, 1).train).not.toEqual(train);
  });
});
