import { type Html, html } from './html.js';
import { lineChart } from './line-chart.js';
import { isMetric, METRIC_LABELS } from './numbers.js';
import type { HistoryRow, ReportData } from './report-data.js';

const OWN_PLACE = new Set(['step', 'epoch', 'trainingLoss', 'validationLoss', 'learningRate']);

/** Curves over the steps: loss, whatever else was measured, learning rate. */
export function learningSection({ history, bestStep }: ReportData): Html {
  if (history.length === 0) return html``;
  const mark = bestStep === undefined ? {} : { mark: { x: bestStep, label: 'best' } };
  const points = (key: string) =>
    history.flatMap((row) => (row[key] === undefined ? [] : [{ x: row.step, y: row[key] }]));
  const chart = (title: string, series: Record<string, string>) =>
    lineChart({
      title,
      xLabel: 'step',
      series: Object.entries(series).map(([key, name]) => ({ name, points: points(key) })),
      ...mark,
    });
  return html`<section><h2>Learning</h2><div class="charts">
${chart('Loss', { trainingLoss: 'training', validationLoss: 'validation' })}
${measured(history).map((key) => chart(isMetric(key) ? METRIC_LABELS[key] : key, { [key]: key }))}
${chart('Learning rate', { learningRate: 'learning rate' })}
</div></section>`;
}

function measured(history: readonly HistoryRow[]): string[] {
  const keys = new Set(history.flatMap((row) => Object.keys(row)));
  return [...keys].filter((key) => !OWN_PLACE.has(key) && history.some((row) => Number.isFinite(row[key])));
}
