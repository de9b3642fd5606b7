import type { DepthMetricsSummary } from '@llm-mde/metrics';
import type { TrainingConfiguration } from '../configuration/training-configuration.js';
import { testedOn } from '../evaluation/tested-on.js';
import type { RunFolder } from '../run-folder/run-folder.js';
import type { RunResults } from '../training/finish-run.js';

/** A run's results for a terminal: the model beside what it has to beat. */
export function resultTable(results: RunResults, { data }: TrainingConfiguration, folder: RunFolder): string {
  const rows: [string, DepthMetricsSummary][] = [
    ['trained model', results.model.metrics],
    ['mean depth', results.mean.metrics],
    ['mean depth per pixel', results.meanPerPixel.metrics],
  ];
  const columns = ['absRel', 'rmse', 'log10', 'siLog', 'delta1', 'delta2', 'delta3'] as const;
  const cells = [
    ['', ...columns.map((name) => (name === 'rmse' ? 'rmse (m)' : name))],
    ...rows.map(([name, metrics]) => [
      name,
      ...columns.map((column) => metrics[column].toFixed(column === 'siLog' ? 2 : 4)),
    ]),
  ];
  return [
    `${testedOn(results.frames, data)}:`,
    '',
    ...aligned(cells),
    '',
    `${changes(results)}.`,
    `By the paper's min-max variant, which has no unit: ${minMax(results)}.`,
    '',
    `report      ${folder.report}`,
    `best model  ${folder.best}`,
  ].join('\n');
}

/** The first column to the left, the others to the right. */
export function aligned(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
}

function changes({ model, mean, meanPerPixel }: RunResults): string {
  const change = (name: 'absRel' | 'rmse', baseline: DepthMetricsSummary) => {
    const percent = 100 * (model.metrics[name] / baseline[name] - 1);
    return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(0)} %`;
  };
  const against = (name: 'absRel' | 'rmse') =>
    `${name} ${change(name, mean.metrics)} and ${change(name, meanPerPixel.metrics)}`;
  return `Against the two baselines: ${against('absRel')}, ${against('rmse')}`;
}

function minMax({ model, meanPerPixel }: RunResults): string {
  const text = (metrics: DepthMetricsSummary) => `absRel ${metrics.absRel.toFixed(3)}, rmse ${metrics.rmse.toFixed(3)}`;
  return `${text(model.minMax)}; mean depth per pixel ${text(meanPerPixel.minMax)}`;
}
