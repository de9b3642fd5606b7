import type { FrameInfo, RgbdDataset } from '@llm-mde/rgbd';
import { expect, it } from 'vitest';
import { trainingPreset } from '../config/presets.js';
import type { DataConfiguration } from '../config/schema.js';
import { splitDataset } from './split.js';

/** Frames in the order of their names, which is not that of time. */
function datasetOf(scenes: Record<string, number>, split?: (scene: string) => FrameInfo['split']): RgbdDataset {
  const frames = Object.entries(scenes).flatMap(([scene, count]) =>
    Array.from({ length: count }, (_, at): FrameInfo => {
      const name = split?.(scene);
      return { id: `${scene}/${at}`, scene, sceneType: scene, ...(name && { split: name }) };
    }).sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
  return {
    frames,
    scenes: Object.keys(scenes),
    frame: (id: string) => frames.find((frame) => frame.id === id)!,
    split: () => ({
      train: frames.filter((frame) => frame.split === 'train').map(({ id }) => id),
      test: frames.filter((frame) => frame.split === 'test').map(({ id }) => id),
    }),
  } as unknown as RgbdDataset;
}

const splitOf = (dataset: RgbdDataset, changes: Partial<DataConfiguration> = {}) =>
  splitDataset(dataset, { ...trainingPreset('tiny').data, ...changes });
const timesOf = (ids: readonly string[]) => ids.map((id) => Number(id.split('/')[1])).sort((a, b) => a - b);

it('holds out tenths of the frames of one room, in time', async () => {
  const { train, validation, test, notes, splitBy } = await splitOf(datasetOf({ room: 200 }));
  expect([train.length, validation.length, test.length, splitBy]).toEqual([140, 20, 40, 'block']);
  for (const ids of [validation, test]) {
    const blocks = new Set(timesOf(ids).map((time) => Math.floor(time / 20)));
    expect(blocks.size * 20).toBe(ids.length);
  }
  expect(notes).toEqual([expect.stringContaining('The scores are optimistic')]);
});

it('keeps scenes whole where there are several, and takes blocks of the last one that is left for training', async () => {
  expect(await splitOf(datasetOf({ a: 40, b: 40, c: 40 }))).toMatchObject({ splitBy: 'scene', notes: [] });
  const two = await splitOf(datasetOf({ a: 40, b: 40 }));
  expect([two.splitBy, two.test.length, two.validation.length, two.train.length]).toEqual(['block', 40, 4, 36]);
});

it('validates on blocks of the training frames where a published split has one folder for each part', async () => {
  const dataset = datasetOf({ train: 50, val: 10 }, (scene) => (scene === 'train' ? 'train' : 'test'));
  const { train, validation, test } = await splitOf(dataset);
  expect([train.length, validation.length, test.length]).toEqual([45, 5, 10]);
});
