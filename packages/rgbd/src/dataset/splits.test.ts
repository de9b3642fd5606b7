import { describe, expect, it } from 'vitest';
import { testFrames } from '../testing/test-frame.js';
import { holdOutScenes, splitFrames } from './splits.js';

const frames = testFrames({ kitchen: [10, 5], office: [6, 3] });
const sceneOf = (id: string) => id.split('/')[0]!;

describe('holdOutScenes', () => {
  it.each([0.05, 0.1, 0.3, 0.9])('holds out about %f of the frames, and no scene is on both sides', (fraction) => {
    for (let seed = 0; seed < 10; seed++) {
      const { train, validation } = holdOutScenes(frames, { fraction, seed });
      expect([...train, ...validation].sort()).toEqual(frames.map(({ id }) => id).sort());
      const trained = new Set(train.map(sceneOf));
      expect(validation.filter((id) => trained.has(sceneOf(id)))).toEqual([]);
      expect(validation.length).toBeGreaterThanOrEqual(Math.min(fraction * frames.length, frames.length - 5));
      expect(validation.length).toBeLessThan(fraction * frames.length + 5);
    }
  });

  it('follows from the seed, and not from the order of the frames', () => {
    const [a, b, other] = [
      holdOutScenes(frames, { fraction: 0.2, seed: 4 }),
      holdOutScenes(frames.toReversed(), { fraction: 0.2, seed: 4 }),
      holdOutScenes(frames, { fraction: 0.2, seed: 5 }),
    ];
    expect(new Set(a.validation)).toEqual(new Set(b.validation));
    expect(new Set(a.validation)).not.toEqual(new Set(other.validation));
  });

  it('always leaves something to train on, and says what it needs', () => {
    const two = testFrames({ kitchen: [2, 5] });
    expect(holdOutScenes(two, { fraction: 0.99 }).train).toHaveLength(5);
    expect(() => holdOutScenes(testFrames({ kitchen: [1, 5] }), { fraction: 0.5 })).toThrow(
      'Holding out scenes needs at least two of them, but the 5 frames have 1.',
    );
    expect(() => holdOutScenes(frames, { fraction: 1 })).toThrow('fraction must be between 0 and 1, got 1.');
  });
});

describe('splitFrames', () => {
  const splitHint = 'name the folders.';
  const published = frames.map((frame) => ({
    ...frame,
    split: frame.sceneType === 'kitchen' ? ('train' as const) : ('test' as const),
  }));

  it('holds validation out of training, never out of the test split', () => {
    const split = splitFrames({ frames: published, splitHint }, { validation: { fraction: 0.2, seed: 1 } });
    expect(split.train).toHaveLength(40);
    expect(split.validation).toHaveLength(10);
    expect(split.test).toEqual(splitFrames({ frames: published, splitHint }).test);
    expect([...split.train, ...split.validation].every((id) => id.startsWith('kitchen'))).toBe(true);
  });

  it('says how to get a split where the frames have none', () => {
    expect(() => splitFrames({ frames, splitHint })).toThrow('The frames have no split: name the folders.');
  });
});
