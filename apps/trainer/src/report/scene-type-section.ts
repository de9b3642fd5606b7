import type { MetricName } from '@llm-mde/metrics';
import { type Html, html } from './html.js';
import { formatNumber, METRIC_LABELS } from './numbers.js';
import type { Evaluation } from './report-data.js';

const COMPARED: readonly MetricName[] = ['absRel', 'rmse'];

/** For each scene type, the trained model's errors beside those of the others. */
export function sceneTypeSection(evaluations: readonly Evaluation[]): Html {
  const rated = evaluations.filter(({ perSceneType }) => Object.keys(perSceneType ?? {}).length > 0);
  const [trained] = rated;
  if (!trained) return html``;
  const types = Object.keys(trained.perSceneType!).sort();
  const largest = (metric: MetricName) =>
    Math.max(
      ...rated.flatMap(({ perSceneType }) =>
        types.map((type) => perSceneType![type]?.[metric] ?? 0).filter(Number.isFinite),
      ),
    );
  return html`<section><h2>By scene type</h2><div class="scroll"><table class="scene-types">
<thead>
<tr><th rowspan="2">scene type</th><th rowspan="2">images</th>${COMPARED.map((metric) => html`<th colspan="${rated.length}">${METRIC_LABELS[metric]}</th>`)}<th>${METRIC_LABELS.delta1}</th></tr>
<tr>${COMPARED.map(() => rated.map(({ name }) => html`<th class="small">${name}</th>`))}<th class="small">${trained.name}</th></tr>
</thead>
<tbody>${types.map(
    (type) => html`<tr><th>${type.replaceAll('_', ' ')}</th><td>${trained.perSceneType![type]!.images}</td>
${COMPARED.map((metric) => {
  const most = largest(metric);
  return rated.map(({ perSceneType }, index) => bar(perSceneType![type]?.[metric], most, index === 0));
})}<td>${formatNumber(trained.perSceneType![type]!.delta1)}</td></tr>`,
  )}</tbody></table></div></section>`;
}

/** A number with a bar behind it. */
function bar(value: number | undefined, most: number, strong: boolean): Html {
  const share = value !== undefined && Number.isFinite(value) && most > 0 ? Math.round((value / most) * 100) : 0;
  return html`<td class="bar${strong ? ' strong' : ''}" style="--share:${share}%">${formatNumber(value)}</td>`;
}
