import { describe, expect, it } from 'vitest';
import { type Frame, generateFrame } from './generate-frame.js';
import { type FramesOptions, generateFrames, listFrames } from './generate-frames.js';
import type { SceneType } from './scene/scene-templates.js';

const size = { width: 16, height: 12, seed: 3 };
const collect = async (options: FramesOptions) => {
  const frames: Frame[] = [];
  for await (const frame of generateFrames({ ...size, ...options })) frames.push(frame);
  return frames;
};

describe('listFrames', () => {
  it('takes three frames of each room, and the types in turn', () => {
    const frames = listFrames(9, ['kitchen', 'cafe']);
    expect(frames.map(({ sceneType, frameIndex }) => `${sceneType} ${frameIndex}`)).toEqual([
      ...['kitchen 0', 'kitchen 1', 'kitchen 2'],
      ...['cafe 0', 'cafe 1', 'cafe 2'],
      ...['kitchen 3', 'kitchen 4', 'kitchen 5'],
    ]);
    expect(new Set(listFrames(28 * 3 * 2).map(({ sceneType, frameIndex }) => `${sceneType} ${frameIndex}`)).size).toBe(
      168,
    );
  });
});

describe('generateFrames', () => {
  it('gives the same frames in the same order with and without workers', async () => {
    const here = await collect({ count: 7, numWorkers: 0 });
    expect(here).toEqual(listFrames(7).map((frame) => generateFrame({ ...frame, ...size })));
    expect(await collect({ count: 7, numWorkers: 2 })).toEqual(here);
  });

  it('renders exactly the frames it is given, and can be stopped early', async () => {
    const frames = [{ sceneType: 'study', frameIndex: 4 }, { sceneType: 'foyer' }] as const;
    expect((await collect({ frames, numWorkers: 1 })).map(({ id }) => id)).toEqual(['study_0001_1', 'foyer_0000_0']);
    for await (const { id } of generateFrames({ ...size, count: 50, numWorkers: 1 })) {
      expect(id).toBe('basement_0000_0');
      break;
    }
    expect(await collect({ count: 0, numWorkers: 2 })).toEqual([]);
  });

  it('passes on a worker’s error, and rejects contradictory options', async () => {
    await expect(collect({ frames: [{ sceneType: 'attic' as SceneType }], numWorkers: 1 })).rejects.toThrow(
      'Unknown scene type',
    );
    await expect(collect({ numWorkers: 0 })).rejects.toThrow('Give either count or frames.');
    await expect(collect({ count: 1, frames: [], numWorkers: 0 })).rejects.toThrow('Give either count or frames.');
    await expect(collect({ count: 1, numWorkers: -1 })).rejects.toThrow('numWorkers must be');
  });
});
