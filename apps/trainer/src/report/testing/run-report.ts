import { DepthMetrics } from '@llm-mde/metrics';
import { generateFrame } from '@llm-mde/rooms';
import type { AttendedWords } from 'llm-mde';
import type { EvaluationConfiguration } from '../../config/schema.js';
import { compareFrame } from '../../evaluate/evaluate-frames.js';
import { ErrorsByDistance } from '../errors-by-distance.js';
import type { RunReport } from '../report-data.js';
import { exampleOf, frameScore, TESTED_FRAMES_FORMAT, type TestedFrames } from '../tested-frames.js';

export const PROTOCOL: EvaluationConfiguration = {
  minDepth: 0.001,
  maxDepth: 10,
  crop: 'none',
  alignment: 'none',
  testTimeFlip: false,
  batchSize: 1,
};

function attended(verdict: 'informative' | 'even'): AttendedWords {
  const figures = { prototypeCount: 12, fromEven: 1.2, fromMean: 0.9, fromMeanShuffled: 0.3, largestTimesEven: 9 };
  return {
    rows: 1,
    columns: 2,
    attention: { verdict, sentence: `Patches <attend> (${verdict}).`, ...figures },
    patches: [
      [
        { prototype: 7, weight: 1, timesEven: 12, timesMean: 2 },
        { prototype: 3, weight: 0.9, timesEven: 10.8, timesMean: 1 },
      ],
      [{ prototype: 9, weight: 0.5, timesEven: 6, timesMean: 1.5 }],
    ],
    words: new Map([
      [7, [{ word: 'wall & floor', similarity: 0.9, isClose: true }]],
      [9, [{ word: 'lamp', similarity: 0.5, isClose: false }]],
    ]),
  };
}

const frames = Array.from({ length: 9 }, (_, index) => {
  const sceneType = index % 2 === 0 ? 'dining_room' : 'office';
  const frame = generateFrame({ seed: index + 1, sceneType, width: 32, height: 24 });
  const valid = Uint8Array.from(frame.rawDepth, (depth) => Number(depth > 0));
  return { ...frame, id: `${sceneType}/${index}`, depth: frame.rawDepth, whole: frame.depth, valid };
});

/** Nine rooms of which the prediction is `factor` times the truth, and a little more from frame to frame. */
async function testedFrames(factor: number, verdict: 'informative' | 'even' = 'even'): Promise<TestedFrames> {
  const distances = new ErrorsByDistance(PROTOCOL);
  const tested: TestedFrames = { format: TESTED_FRAMES_FORMAT, frames: [], distances: [], examples: [] };
  for (const [index, { whole, ...frame }] of frames.entries()) {
    const prediction = whole.map((depth) => depth * (factor + index / 50));
    const score = frameScore(compareFrame(frame, prediction, PROTOCOL));
    distances.add(frame, prediction);
    tested.frames.push(score);
    const prompt = { prompt: 'How deep is <this>?', class: 'close' };
    const words = index === 0 ? attended(verdict) : undefined;
    tested.examples.push(await exampleOf(frame, prediction, PROTOCOL, { score, ...prompt, attended: words }));
  }
  return { ...tested, distances: distances.ranges() };
}

function evaluation(name: string, scale: number, baseline = false) {
  const metrics = new DepthMetrics();
  for (const { whole, image } of frames) {
    metrics.update(
      whole.map((depth) => depth * scale),
      whole,
      image,
    );
  }
  const summary = metrics.compute();
  return { name, baseline, metrics: summary, minMax: summary, perSceneType: { dining_room: summary, office: summary } };
}

/** A report of a run of two epochs of 20 steps, a second each. */
export async function runReport(
  name: string,
  { factor = 1.1, seed = 1, verdict }: { factor?: number; seed?: number; verdict?: 'informative' | 'even' } = {},
): Promise<RunReport> {
  const steps = Array.from({ length: 40 }, (_, index) => index + 1);
  const epochs = [1, 2].map((epoch) => ({
    ...{ step: 20 * epoch, epoch, trainingLoss: epoch === 1 ? Number.NaN : 1 / epoch, validationLoss: factor / epoch },
    absRel: (factor - 1) / epoch,
  }));
  return {
    name,
    notes: ['Training ended after 2 epochs.'],
    limits: ['Trained on <rooms>.', 'It does not know the camera.'],
    command: `llm-mde train --seed ${seed} --out 'a b'`,
    configuration: { data: { path: '</pre><script>' }, model: { seed, list: [1, 2] } },
    environment: { device: 'wasm', gitCommit: null },
    history: [
      ...steps.slice(0, 20).map((step) => stepRow(step, factor)),
      epochs[0]!,
      ...steps.slice(20).map((step) => stepRow(step, factor)),
      epochs[1]!,
    ],
    seconds: new Map(steps.map((step) => [step, step])),
    evaluations: [
      evaluation('trained model', factor),
      evaluation('mean depth', 1.4, true),
      evaluation('mean depth per pixel', 1.5, true),
    ],
    tested: await testedFrames(factor, verdict),
  };
}

function stepRow(step: number, factor: number) {
  return { step, epoch: step > 20 ? 2 : 1, loss: factor / step, gradientNorm: 1, learningRate: 0.001 };
}
