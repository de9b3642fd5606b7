import type { DepthMetricsSummary } from '@llm-mde/metrics';
import type { DataConfiguration, TrainingConfiguration } from '../config/schema.js';
import { plural } from '../output/sentences.js';
import { textTable } from '../output/table.js';
import type { TrainingState } from '../run/checkpoint.js';
import type { RunFolder } from '../run/run-folder.js';
import type { EvaluationResult } from './evaluate-frames.js';
import { fixedCell, formatNumber, METRIC_LABELS, metricsTable } from './metrics-table.js';

/** `results.json` of a run: its best model on the test frames, and the baselines. */
export interface RunResults {
  frames: number;
  /** Whether scenes of the test frames were also in training. */
  sharesScenes?: boolean;
  best: TrainingState['best'];
  ended: TrainingState['ended'];
  model: EvaluationResult;
  /** The model that training began with, where it was a whole one. */
  before?: EvaluationResult;
  mean: EvaluationResult;
  meanPerPixel: EvaluationResult;
}

/** The name of the model that training began with. */
export const BEFORE = 'before fine-tuning';

/** What a model was tested on, in words. */
export function testedOn({ frames, sharesScenes }: RunResults, { splitBy }: DataConfiguration): string {
  const count = `Tested on ${plural(frames, 'frame')}`;
  return (sharesScenes ?? splitBy === 'frame')
    ? `${count} of scenes that were also in training: the scores are optimistic`
    : `${count} of scenes that were not in training`;
}

/** The results of a run for the terminal. */
export function resultText(results: RunResults, { data }: TrainingConfiguration, folder: RunFolder): string {
  const rows = [
    { name: 'trained model', values: results.model.metrics },
    ...(results.before ? [{ name: BEFORE, values: results.before.metrics }] : []),
    { name: 'mean depth', values: results.mean.metrics },
    { name: 'mean depth per pixel', values: results.meanPerPixel.metrics },
  ];
  const columns = ['absRel', 'rmse', 'log10', 'siLog', 'delta1', 'delta2', 'delta3'] as const;
  return [
    `${testedOn(results, data)}:`,
    '',
    ...textTable(metricsTable(rows, { columns, format: fixedCell })),
    '',
    `${changes(results)}.`,
    `Min-max normalized as in the paper (no unit): ${minMax(results)}.`,
    '',
    `report      ${folder.report}`,
    `best model  ${folder.best}`,
  ].join('\n');
}

function changes({ model, mean, meanPerPixel }: RunResults): string {
  const change = (name: 'absRel' | 'rmse', baseline: DepthMetricsSummary) => {
    const percent = 100 * (model.metrics[name] / baseline[name] - 1);
    if (!Number.isFinite(percent)) return '–';
    return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(0)} %`;
  };
  const against = (name: 'absRel' | 'rmse') =>
    `${METRIC_LABELS[name].replace(' (m)', '')} ${change(name, mean.metrics)} and ${change(name, meanPerPixel.metrics)}`;
  return `Compared with the two baselines: ${against('absRel')}, ${against('rmse')}`;
}

function minMax({ model, meanPerPixel }: RunResults): string {
  const text = ({ absRel, rmse }: DepthMetricsSummary) => `AbsRel ${formatNumber(absRel)}, RMSE ${formatNumber(rmse)}`;
  return `${text(model.minMax)}; mean depth per pixel ${text(meanPerPixel.minMax)}`;
}
