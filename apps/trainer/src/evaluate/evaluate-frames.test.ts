import type { Frame, RgbdDataset } from '@llm-mde/rgbd';
import { expect, it } from 'vitest';
import { textTable } from '../output/table.js';
import { compareFrame, evaluateFrames, summarize } from './evaluate-frames.js';
import { fixedCell, metricsTable, summaryRow } from './metrics-table.js';

const image = { data: new Uint8Array(24), width: 4, height: 2, channels: 3 as const };
const protocol = { minDepth: 1e-3, maxDepth: 10, crop: 'none', alignment: 'none', testTimeFlip: false } as const;

function frameOf(id: string, depths: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8]): Frame {
  const depth = Float32Array.from(depths);
  return { id, scene: '', sceneType: 'kitchen', image, depth, valid: new Uint8Array(8).fill(1) };
}

it('aligns in disparity what the model predicts, which is depth', () => {
  const frame = frameOf('a');
  // Scale and shift of the disparities, so that alignment finds the truth again.
  const prediction = frame.depth.map((metres) => 1 / (0.5 / metres + 0.2));
  const { errors } = compareFrame(frame, prediction, { ...protocol, batchSize: 1, alignment: 'disparity' });
  expect(errors.absRel).toBeLessThan(1e-5);
  expect(compareFrame(frame, prediction, { ...protocol, batchSize: 1 }).errors.absRel).toBeGreaterThan(0.1);
});

it('compares where the depth is, where that has fewer pixels than the image', () => {
  const small = { ...frameOf('a', [2, 4]), valid: new Uint8Array(2).fill(1), depthWidth: 2, depthHeight: 1 };
  // Right at the centers of the pixels of depth, wrong elsewhere.
  const prediction = Float32Array.from([9, 9, 9, 9, 9, 2, 9, 4]);
  const { errors, minMax } = compareFrame(small, prediction, { ...protocol, batchSize: 1 });
  expect([errors.absRel, errors.pixels, minMax.absRel]).toEqual([0, 2, 0]);
});

it('keeps the place of each frame in its batch where another cannot be read', async () => {
  async function* loader({ ids }: { ids: string[] }) {
    for (const id of ids) if (id !== 'bad') yield { frames: [frameOf(id)] };
  }
  const seen: boolean[][] = [];
  const predictor = async (images: readonly unknown[]) => {
    seen.push(images.map(Boolean));
    return images.map(() => new Float32Array(8).fill(2));
  };
  const batches = [
    ['a', 'bad', 'b'],
    ['c', 'd', 'e'],
  ];
  const dataset = { loader } as unknown as RgbdDataset;
  const results = await evaluateFrames(predictor, dataset, batches, { ...protocol, batchSize: 3 });
  expect(results.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(seen).toEqual([
    [true, false, true],
    [true, true, true],
  ]);
});

it('prints a dash where nothing was compared', () => {
  const far = compareFrame(frameOf('far', Array(8).fill(20)), new Float32Array(8).fill(5), {
    ...protocol,
    batchSize: 1,
  });
  const rows = [summaryRow('all', summarize([far]).metrics)];
  const text = textTable(metricsTable(rows, { columns: ['absRel', 'siLog'], format: fixedCell })).join('\n');
  expect(text).not.toContain('NaN');
  expect(text).toMatch(/all +– +–/);
});
