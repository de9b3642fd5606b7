import { type DepthMetricsSummary, METRIC_NAMES, type MetricName } from '@llm-mde/metrics';
import { type Html, html } from './html.js';
import { formatNumber, largerIsBetter, METRIC_LABELS } from './numbers.js';
import type { Evaluation } from './report-data.js';

const FIGURES: readonly MetricName[] = ['absRel', 'rmse', 'delta1'];
const COLUMNS: readonly MetricName[] = ['absRel', ...METRIC_NAMES.filter((name) => name !== 'absRel')];

/** The trained model's figures, large, and the table of all evaluations. */
export function resultSection(evaluations: readonly Evaluation[]): Html {
  const [trained, ...others] = evaluations;
  if (!trained) return html``;
  const baselines = others.filter(({ baseline }) => baseline);
  const minMax = evaluations.flatMap(({ name, minMax }) => (minMax ? [{ name, metrics: minMax }] : []));
  return html`<section><h2>Result</h2>
<div class="figures">${FIGURES.map((name) => figure(name, trained, baselines))}</div>
${metricsTable(evaluations)}
${trained.metrics.skipped > 0 && html`<p class="note">${trained.metrics.skipped} images had no pixel to compare and are left out.</p>`}
${
  minMax.length > 0 &&
  html`<details><summary>The paper's variant, each image stretched to its own minimum and maximum</summary>
<p class="note">These numbers have no unit, and are not comparable with those above.</p>${metricsTable(minMax, '')}</details>`
}
</section>`;
}

function figure(name: MetricName, trained: Evaluation, baselines: readonly Evaluation[]): Html {
  const value = trained.metrics[name];
  const sign = largerIsBetter(name) ? -1 : 1;
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

/** @param unit what RMSE and SqRel are measured in; empty where they have none. */
function metricsTable(rows: readonly Pick<Evaluation, 'name' | 'metrics'>[], unit = ' (m)'): Html {
  const best = Object.fromEntries(
    COLUMNS.map((name) => [
      name,
      bestOf(
        name,
        rows.map(({ metrics }) => metrics),
      ),
    ]),
  );
  return html`<div class="scroll"><table>
<thead><tr><th></th>${COLUMNS.map((name) => html`<th>${METRIC_LABELS[name].replace(' (m)', unit)}<small>${largerIsBetter(name) ? '↑' : '↓'}</small></th>`)}<th>images</th></tr></thead>
<tbody>${rows.map(
    ({ name, metrics }) =>
      html`<tr><th>${name}</th>${COLUMNS.map(
        (metric) =>
          html`<td${metrics[metric] === best[metric] && rows.length > 1 ? html` class="best"` : ''}>${formatNumber(metrics[metric])}</td>`,
      )}<td>${metrics.images}</td></tr>`,
  )}</tbody></table></div>`;
}

function bestOf(name: MetricName, summaries: readonly DepthMetricsSummary[]): number {
  const values = summaries.map((summary) => summary[name]).filter(Number.isFinite);
  return largerIsBetter(name) ? Math.max(...values) : Math.min(...values);
}
