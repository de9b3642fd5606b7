import { METRIC_NAMES, type MetricName } from '@llm-mde/metrics';
import {
  formatNumber,
  isLargerBetter,
  METRIC_COLUMNS,
  METRIC_LABELS,
  metricsTable,
  summaryRow,
} from '../evaluate/metrics-table.js';
import type { Table } from '../output/table.js';
import { copiedTable, type Html, html, htmlTable, scrolling } from './html.js';
import { METRIC_MEANINGS } from './metric-meanings.js';
import type { Evaluation, RunReport } from './report-data.js';

const FIGURES: readonly MetricName[] = ['absRel', 'rmse', 'delta1'];

/** The trained models' figures beside the baselines: of one run large, of several in a table. */
export function resultSection(runs: readonly RunReport[]): Html {
  const evaluations = comparedEvaluations(runs);
  const trained = evaluations.filter(({ baseline }) => !baseline);
  if (trained.length === 0) return html``;
  const baselines = evaluations.filter(({ baseline }) => baseline);
  const skipped = trained.filter(({ metrics }) => metrics.skipped > 0);
  return html`<section><h2>${runs.length > 1 ? 'Results' : 'Result'}</h2>
${runs.length === 1 && html`<div class="figures">${FIGURES.map((name) => figure(name, trained[0]!, baselines))}</div>`}
${differentFrames(runs)}
${copiedTable(tableOf(evaluations))}
${skipped.map(({ name, metrics }) => html`<p class="note">${name}: ${metrics.skipped} images had no pixel to compare and are skipped.</p>`)}
<details open><summary>What the numbers mean</summary><dl class="meanings">${METRIC_COLUMNS.map(
    (name) => html`<div><dt>${METRIC_LABELS[name]}</dt><dd>${METRIC_MEANINGS[name]}</dd></div>`,
  )}</dl>${
    baselines.length > 0 &&
    html`<p class="note">Two baselines do not look at the image: the mean depth of all training frames, and their mean depth at each pixel. A model has learned something if it is better than both, and than the model that training began with, if any.</p>`
  }</details>
<details><summary>The paper's variant: each image min-max normalized</summary>
<p class="note">These numbers have no unit and are not comparable with those above.</p>${htmlTable(
    tableOf(
      evaluations.map(({ name, minMax }) => ({ name, metrics: minMax })),
      false,
    ),
  )}</details>
</section>`;
}

/** The models of all runs by the runs' names, and their baselines, each once. */
function comparedEvaluations(runs: readonly RunReport[]): Evaluation[] {
  if (runs.length === 1) return [...runs[0]!.evaluations];
  const models = runs.flatMap(({ name, evaluations: [own] }) => (own ? [{ ...own, name }] : []));
  const baselines = runs.flatMap(({ name: run, evaluations }) =>
    evaluations.filter(({ baseline }) => baseline).map((each) => ({ run, ...each })),
  );
  const values = ({ name, metrics }: Evaluation) =>
    JSON.stringify([name, METRIC_NAMES.map((metric) => metrics[metric])]);
  const distinct = [...new Map(baselines.map((each) => [values(each), each])).values()];
  const isAmbiguous = ({ name }: Evaluation) => distinct.filter((other) => other.name === name).length > 1;
  return [
    ...models,
    ...distinct.map(({ run, ...each }) => ({ ...each, name: isAmbiguous(each) ? `${each.name} (${run})` : each.name })),
  ];
}

/** Scores on different frames say nothing about which model is better. */
function differentFrames(runs: readonly RunReport[]): Html | false {
  const tests = runs.flatMap(({ tested }) => (tested ? [tested.frames.map(({ id }) => id).join('\n')] : []));
  return (
    new Set(tests).size > 1 &&
    html`<p class="warning">These runs were tested on different frames: their scores are not comparable.</p>`
  );
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

function tableOf(rows: readonly Pick<Evaluation, 'name' | 'metrics'>[], inMetres = true): Table {
  return metricsTable(
    rows.map(({ name, metrics }) => summaryRow(name, metrics)),
    { columns: METRIC_COLUMNS, format: (value) => ({ text: formatNumber(value) }), inMetres },
  );
}

const COMPARED: readonly MetricName[] = ['absRel', 'rmse'];

/** The errors of all evaluations per scene type. */
export function sceneTypeSection(runs: readonly RunReport[]): Html {
  const evaluations = comparedEvaluations(runs);
  const [trained] = evaluations;
  const types = [...new Set(evaluations.flatMap(({ perSceneType }) => Object.keys(perSceneType)))].sort();
  if (!trained || types.length < 2) return html``;
  const values = (metric: MetricName) =>
    evaluations.flatMap(({ perSceneType }) => types.map((type) => perSceneType[type]?.[metric] ?? 0));
  return html`<section><h2>By scene type</h2>${scrolling(html`<table class="scene-types">
<thead>
<tr><th scope="col" rowspan="2">scene type</th><th scope="col" rowspan="2">images</th>${COMPARED.map((metric) => html`<th scope="colgroup" colspan="${evaluations.length}">${METRIC_LABELS[metric]}</th>`)}</tr>
<tr>${COMPARED.map(() => evaluations.map(({ name }) => html`<th scope="col" class="small">${name}</th>`))}</tr>
</thead>
<tbody>${types.map(
    (type) => html`<tr><th scope="row">${type.replaceAll('_', ' ')}</th><td>${imagesOf(type)}</td>
${COMPARED.map((metric) => {
  const most = Math.max(...values(metric).filter(Number.isFinite));
  return evaluations.map(({ perSceneType, baseline }) => bar(perSceneType[type]?.[metric], most, !baseline));
})}</tr>`,
  )}</tbody></table>`)}</section>`;

  function imagesOf(type: string): number {
    return Math.max(...evaluations.map(({ perSceneType }) => perSceneType[type]?.images ?? 0));
  }
}

/** A number with a bar behind it. */
function bar(value: number | undefined, most: number, strong: boolean): Html {
  const share = value !== undefined && Number.isFinite(value) && most > 0 ? Math.round((value / most) * 100) : 0;
  return html`<td class="bar${strong ? ' strong' : ''}" style="--share:${share}%">${formatNumber(value)}</td>`;
}
