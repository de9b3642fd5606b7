import type { MetricName } from '@llm-mde/metrics';
import {
  formatNumber,
  isLargerBetter,
  METRIC_COLUMNS,
  METRIC_LABELS,
  metricsTable,
  summaryRow,
} from '../evaluate/metrics-table.js';
import { type Chart, chartFigures } from './charts.js';
import { type Html, html, htmlTable } from './html.js';
import type { Evaluation, ReportData } from './report-data.js';

const FIGURES: readonly MetricName[] = ['absRel', 'rmse', 'delta1'];

/** The trained model's figures, large, and the table of all evaluations. */
export function resultSection(evaluations: readonly Evaluation[]): Html {
  const [trained, ...others] = evaluations;
  if (!trained) return html``;
  const baselines = others.filter(({ baseline }) => baseline);
  return html`<section><h2>Result</h2>
<div class="figures">${FIGURES.map((name) => figure(name, trained, baselines))}</div>
${tableOf(evaluations)}
${trained.metrics.skipped > 0 && html`<p class="note">${trained.metrics.skipped} images had no pixel to compare and are skipped.</p>`}
<details><summary>The paper's variant: each image min-max normalized</summary>
<p class="note">These numbers have no unit and are not comparable with those above.</p>${tableOf(
    evaluations.map(({ name, minMax }) => ({ name, metrics: minMax })),
    false,
  )}</details>
</section>`;
}

function figure(name: MetricName, trained: Evaluation, baselines: readonly Evaluation[]): Html {
  const value = trained.metrics[name];
  const sign = isLargerBetter(name) ? -1 : 1;
  const [best] = [...baselines].sort((a, b) => sign * (a.metrics[name] - b.metrics[name]));
  return html`<div class="figure"><span>${METRIC_LABELS[name]}</span><strong>${formatNumber(value)}</strong>${
    best &&
    html`<span>${comparison(value, best.metrics[name])} ${best.name} (${formatNumber(best.metrics[name])})</span>`
  }</div>`;
}

function comparison(value: number, baseline: number): string {
  const percent = Math.round((value / baseline - 1) * 100);
  return percent === 0 ? 'as' : `${Math.abs(percent)} % ${percent < 0 ? 'below' : 'above'}`;
}

function tableOf(rows: readonly Pick<Evaluation, 'name' | 'metrics'>[], inMetres = true): Html {
  return htmlTable(
    metricsTable(
      rows.map(({ name, metrics }) => summaryRow(name, metrics)),
      { columns: METRIC_COLUMNS, format: (value) => ({ text: formatNumber(value) }), inMetres },
    ),
  );
}

/** Curves over the steps: losses, metrics, learning rate, gradient norm. */
export function trainingSection({ history, bestStep }: ReportData): Html {
  if (history.length === 0) return html``;
  const mark = bestStep === undefined ? undefined : { step: bestStep, label: 'best' };
  const points = (key: string) =>
    history.flatMap((row) => {
      const value = (row as unknown as Record<string, number | undefined>)[key];
      return value === undefined ? [] : [{ step: row.step, value }];
    });
  const single = (title: string, key: string): Chart => ({
    title,
    mark,
    series: [{ name: 'value', points: points(key) }],
  });
  const measured = METRIC_COLUMNS.filter((name) => points(name).some(({ value }) => Number.isFinite(value)));
  const loss: Chart = {
    title: 'Loss',
    mark,
    series: [
      { name: 'training, per step', points: points('loss'), isFaint: true },
      { name: 'training, mean of the epoch', points: points('trainingLoss') },
      { name: 'validation', points: points('validationLoss') },
    ],
  };
  const charts = [
    loss,
    ...measured.map((name) => single(`Validation ${METRIC_LABELS[name]}`, name)),
    single('Learning rate', 'learningRate'),
    single('Gradient norm', 'gradientNorm'),
  ];
  return html`<section><h2>Training</h2>
<p class="note">Point at a chart for its values; drag to zoom, double-click to reset.</p><noscript><p>The charts need JavaScript.</p></noscript>
<div class="charts">${chartFigures(charts)}</div></section>`;
}

const COMPARED: readonly MetricName[] = ['absRel', 'rmse'];

/** The errors of all evaluations per scene type. */
export function sceneTypeSection(evaluations: readonly Evaluation[]): Html {
  const [trained] = evaluations;
  if (!trained) return html``;
  const types = Object.keys(trained.perSceneType).sort();
  const values = (metric: MetricName) =>
    evaluations.flatMap(({ perSceneType }) => types.map((type) => perSceneType[type]?.[metric] ?? 0));
  return html`<section><h2>By scene type</h2><div class="scroll"><table class="scene-types">
<thead>
<tr><th rowspan="2">scene type</th><th rowspan="2">images</th>${COMPARED.map((metric) => html`<th colspan="${evaluations.length}">${METRIC_LABELS[metric]}</th>`)}<th>${METRIC_LABELS.delta1}</th></tr>
<tr>${COMPARED.map(() => evaluations.map(({ name }) => html`<th class="small">${name}</th>`))}<th class="small">${trained.name}</th></tr>
</thead>
<tbody>${types.map(
    (type) => html`<tr><th>${type.replaceAll('_', ' ')}</th><td>${trained.perSceneType[type]!.images}</td>
${COMPARED.map((metric) => {
  const most = Math.max(...values(metric).filter(Number.isFinite));
  return evaluations.map(({ perSceneType }, index) => bar(perSceneType[type]?.[metric], most, index === 0));
})}<td>${formatNumber(trained.perSceneType[type]!.delta1)}</td></tr>`,
  )}</tbody></table></div></section>`;
}

/** A number with a bar behind it. */
function bar(value: number | undefined, most: number, strong: boolean): Html {
  const share = value !== undefined && Number.isFinite(value) && most > 0 ? Math.round((value / most) * 100) : 0;
  return html`<td class="bar${strong ? ' strong' : ''}" style="--share:${share}%">${formatNumber(value)}</td>`;
}

/** The environment and the configuration of the run. */
export function runSection({ environment, configuration }: ReportData): Html {
  return html`<section><h2>Run</h2>
<div class="scroll"><table class="environment"><tbody>${Object.entries(environment).map(
    ([name, value]) => html`<tr><th>${name}</th><td>${value === null ? '–' : String(value)}</td></tr>`,
  )}</tbody></table></div>
<details><summary>Configuration</summary><pre>${JSON.stringify(configuration, null, 2)}</pre></details></section>`;
}
