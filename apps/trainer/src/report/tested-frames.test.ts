import { computeDepthMetrics } from '@llm-mde/metrics';
import type { Frame } from '@llm-mde/rgbd';
import { describe, expect, it } from 'vitest';
import { comparedDepth } from '../evaluate/compared-depth.js';
import { compareFrame } from '../evaluate/evaluate-frames.js';
import { ErrorsByDistance, roundStep } from './errors-by-distance.js';
import { errorLimit, relativeErrors } from './example-sections.js';
import { exampleOf, frameScore, rankFrames, readMap } from './tested-frames.js';
import { PROTOCOL } from './testing/run-report.js';

const frame = {
  id: 'a/1',
  scene: 'a',
  sceneType: 'office',
  image: { data: new Uint8Array(12), width: 4, height: 1, channels: 3 },
  depth: Float32Array.of(1, 2, 4, 0),
  valid: Uint8Array.of(1, 1, 1, 0),
} as Frame;
const prediction = Float32Array.of(1.5, 2, 3, 7);

describe('comparedDepth', () => {
  it.each(['none', 'median', 'depth', 'disparity'] as const)('is what is scored with the alignment %s', (alignment) => {
    const protocol = { ...PROTOCOL, alignment };
    const { depth, mask } = comparedDepth(frame, prediction, protocol);
    expect([...mask]).toEqual([1, 1, 1, 0]);
    const { errors } = compareFrame(frame, prediction, protocol);
    expect(computeDepthMetrics(depth, frame.depth, mask).absRel).toBeCloseTo(errors.absRel, 6);
  });
});

it('sums errors by true distance', () => {
  const errors = new ErrorsByDistance(PROTOCOL);
  errors.add(frame, prediction);
  errors.add(frame, prediction);
  expect(errors.ranges()).toEqual([
    { from: 1, to: 2, pixels: 2, absRel: 0.5, error: 0.5, bias: 0.5 },
    { from: 2, to: 3, pixels: 2, absRel: 0, error: 0, bias: 0 },
    { from: 4, to: 5, pixels: 2, absRel: 0.25, error: 1, bias: -1 },
  ]);
  expect([0.03, 0.21, 1, 8].map(roundStep)).toEqual([0.05, 0.25, 1, 10]);
});

it('keeps an example with its camera and maps to the millimetre', async () => {
  const score = frameScore(compareFrame(frame, prediction, PROTOCOL));
  const example = await exampleOf(frame, prediction, PROTOCOL, { score, prompt: '', class: null });
  expect(example).toMatchObject({ id: 'a/1', width: 4, height: 1, absRel: 0.25, intrinsics: { cx: 1.5, cy: 0 } });
  expect([...readMap(example.truth)]).toEqual([1, 2, 4, 0]);
  expect([...readMap(example.prediction)]).toEqual([1.5, 2, 3, 7]);
  expect([...relativeErrors(example)]).toEqual([0.5, 0, -0.25, Number.NaN]);
  expect(errorLimit([example])).toBe(0.25);
  const far = { ...frame, depth: Float32Array.of(100, 50, 1, 0) };
  const stored = await exampleOf(far, prediction, { ...PROTOCOL, maxDepth: 100 }, { score, prompt: '', class: null });
  for (const [pixel, metres] of readMap(stored.truth).entries()) expect(metres).toBeCloseTo(far.depth[pixel]!, 2);
});

describe('rankFrames', () => {
  const frames = (errors: number[]) => errors.map((absRel, index) => ({ id: String(index), absRel }));
  const ids = (errors: number[]) =>
    Object.fromEntries(
      Object.entries(rankFrames(frames(errors))).map(([rank, all]) => [rank, all.map(({ id }) => id).join('')]),
    );

  it('has three of each, and none of those that could not be compared', () => {
    expect(ids([0.9, 0.8, 0.7, Number.NaN, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])).toEqual({
      worst: '012',
      median: '654',
      best: '987',
    });
  });

  it('names no frame twice where there are few', () => {
    expect(ids([0.1, 0.3, 0.2])).toEqual({ worst: '1', median: '2', best: '0' });
    expect(ids([0.1, 0.2])).toEqual({ worst: '10', median: '', best: '' });
    expect(ids([])).toEqual({ worst: '', median: '', best: '' });
  });
});
