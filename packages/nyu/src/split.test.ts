import { describe, expect, it } from 'vitest';
import { holdOutScenes, splitFrames } from './split.js';
import { testFrames } from './testing/test-frame.js';

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
      'Holding out by scene needs two scenes, but the 5 frames are of 1.',
    );
    expect(() => holdOutScenes(frames, { fraction: 1 })).toThrow('fraction must lie between 0 and 1, got 1.');
  });
});

describe('splitFrames', () => {
  const parted = frames.map((frame) => ({
    ...frame,
    part: frame.sceneType === 'kitchen' ? ('train' as const) : ('test' as const),
  }));

  it('holds validation out of training, never out of the test part', () => {
    const split = splitFrames(parted, 'lists', 'eigen', { validation: { fraction: 0.2, seed: 1 } });
    expect(split.train).toHaveLength(40);
    expect(split.validation).toHaveLength(10);
    expect(split.test).toEqual(splitFrames(parted, 'lists', 'eigen').test);
    expect([...split.train, ...split.validation].every((id) => id.startsWith('kitchen'))).toBe(true);
  });

  it('refuses what is no split, and says what a data set lacks', () => {
    expect(() => splitFrames(parted, 'lists', 'other' as 'eigen')).toThrow(
      "There is no split \"other\": use 'official' or 'eigen'.",
    );
    expect(() => splitFrames(parted, 'raw-dump', 'official')).toThrow("use 'eigen'");
    expect(() => splitFrames(frames, 'shards', 'eigen')).toThrow(
      'The frames have no split: name the folders or tar files',
    );
  });
});
