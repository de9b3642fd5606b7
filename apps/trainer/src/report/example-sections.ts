import { colorizeDepth } from '@llm-mde/depth-maps';
import { formatNumber } from '../evaluate/metrics-table.js';
import { type Html, html } from './html.js';
import { captioned, colorBar, colorizeErrors, depthRange, errorBar, percentile, pictureOf } from './pictures.js';
import type { RunReport } from './report-data.js';
import { type Example, rankFrames, readMap } from './tested-frames.js';

/** Image, ground truth, prediction and error of the worst, the median and the best examples, and of some that were chosen before. */
export function exampleSection(runs: readonly RunReport[]): Html {
  if (runs.length > 1) return comparedExamples(runs);
  const examples = runs[0]?.tested?.examples ?? [];
  if (examples.length === 0) return html``;
  const limit = errorLimit(examples);
  const byId = new Map(examples.map((example) => [example.id, example]));
  const { worst, median, best } = rankFrames(runs[0]!.tested!.frames);
  const groups = [
    ['Worst by AbsRel', worst],
    ['Median', median],
    ['Best', best],
  ] as const;
  const ranked = new Set(groups.flatMap(([, frames]) => frames.map(({ id }) => id)));
  const others = examples.filter(({ id }) => !ranked.has(id));
  return html`<section><h2>Examples</h2>
${legendNote(limit)}
${groups.map(([title, frames]) =>
  exampleGroup(
    title,
    frames.flatMap(({ id }) => byId.get(id) ?? []),
    limit,
  ),
)}
${exampleGroup('Chosen before the test', others, limit)}</section>`;
}

function legendNote(limit: number): Html {
  return html`<p class="note">Near is warm, far is cold; gray has no ground truth. Errors are relative, (prediction − truth) / truth, from blue (${percent(limit)} or more too near) over white (right) to red (${percent(limit)} or more too far); all error pictures have this scale.</p>`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)}\u00a0%`;
}

function exampleGroup(title: string, examples: readonly Example[], limit: number): Html {
  if (examples.length === 0) return html``;
  return html`<h3>${title}</h3>
${examples.map((example) => exampleFigure(example, limit))}`;
}

function exampleFigure(example: Example, limit: number): Html {
  const { id, width, height } = example;
  const size = { width, height };
  const truth = readMap(example.truth);
  const prediction = readMap(example.prediction);
  const range = rangeOf(truth);
  const depth = { ...size, minDepth: range[0], maxDepth: range[1] };
  const metres = colorBar('turbo', range, true);
  return html`<figure class="example">
<figcaption>${titleOf(example)}<span class="scores">${scores(example)}</span></figcaption>
<div class="pictures">
${captioned(id, 'image', photographAddress(example), size)}
${pictureOf(id, 'ground truth', colorizeDepth(truth, depth), size, metres)}
${pictureOf(id, 'prediction', colorizeDepth(prediction, depth), size, metres)}
${pictureOf(id, 'error', colorizeErrors(relativeErrors(example), limit), size, errorBar(limit))}
</div>
${example.prompt && html`<details><summary>Prompt${example.class && html`, class “${example.class}”`}</summary><p class="prompt">${example.prompt}</p></details>`}
</figure>`;
}

/** The same images, with the predictions and errors of all runs beside each other. */
function comparedExamples(runs: readonly RunReport[]): Html {
  const shown = runs.flatMap(({ name, tested }) => (tested && tested.examples.length > 0 ? [{ name, tested }] : []));
  const examples = commonExamples(runs);
  if (shown.length < 2) return html``;
  if (examples.length === 0)
    return html`<section><h2>Examples</h2><p class="note">No image is in the reports of all runs.</p></section>`;
  const limit = errorLimit(examples.flatMap(({ ofRuns }) => ofRuns));
  return html`<section><h2>Examples</h2>
${legendNote(limit)}
${examples.map(({ ofRuns }) =>
  comparedFigure(
    ofRuns,
    shown.map(({ name }) => name),
    limit,
  ),
)}</section>`;
}

function comparedFigure(ofRuns: readonly Example[], names: readonly string[], limit: number): Html {
  const [first] = ofRuns;
  const { id, width, height } = first!;
  const size = { width, height };
  const truth = readMap(first!.truth);
  const range = rangeOf(truth);
  const depth = { ...size, minDepth: range[0], maxDepth: range[1] };
  return html`<figure class="example">
<figcaption>${titleOf(first!)}</figcaption>
<div class="columns" style="--columns:${ofRuns.length + 1}">
<div class="column">${captioned(id, 'image', photographAddress(first!), size)}
${pictureOf(id, 'ground truth', colorizeDepth(truth, depth), size, colorBar('turbo', range, true))}</div>
${ofRuns.map(
  (example, index) => html`<div class="column">
${pictureOf(id, names[index]!, colorizeDepth(readMap(example.prediction), depth), size)}
${pictureOf(id, `error of ${names[index]}`, colorizeErrors(relativeErrors(example), limit), size, html`${errorBar(limit)}<span>${scores(example)}</span>`)}</div>`,
)}
</div></figure>`;
}

/** The examples that all runs with examples have, of the same size, in the first run's order. */
export function commonExamples(runs: readonly RunReport[]): { id: string; ofRuns: Example[] }[] {
  const lists = runs.flatMap(({ tested }) => (tested && tested.examples.length > 0 ? [tested.examples] : []));
  return (lists[0] ?? []).flatMap(({ id, width, height }) => {
    const ofRuns = lists.flatMap((list) => {
      const found = list.find((example) => example.id === id && example.width === width && example.height === height);
      return found ?? [];
    });
    return ofRuns.length === lists.length ? [{ id, ofRuns }] : [];
  });
}

export function titleOf({ sceneType, id }: Pick<Example, 'sceneType' | 'id'>): Html {
  return html`<b>${sceneType.replaceAll('_', ' ')}</b> <code>${id}</code>`;
}

export function photographAddress({ photograph }: Example): string {
  return `data:image/jpeg;base64,${photograph}`;
}

function scores({ absRel, rmse, delta1 }: Example): string {
  if (!Number.isFinite(absRel)) return 'no ground truth to compare with';
  return `AbsRel ${formatNumber(absRel)}, RMSE ${formatNumber(rmse)} m, δ1 ${formatNumber(delta1)}`;
}

function rangeOf(truth: Float32Array): [number, number] {
  return depthRange(
    truth,
    Uint8Array.from(truth, (metres) => Number(metres > 0)),
  );
}

/** NaN where there is no ground truth. */
export function relativeErrors({ truth, prediction }: Pick<Example, 'truth' | 'prediction'>): Float32Array {
  const predicted = readMap(prediction);
  return readMap(truth).map((metres, pixel) => (metres > 0 ? predicted[pixel]! / metres - 1 : Number.NaN));
}

const LIMITS = [0.1, 0.25, 0.5, 1];

/** The end of the scale of errors: one for the page, on which 19 of 20 pixels can be read. */
export function errorLimit(examples: readonly Pick<Example, 'truth' | 'prediction'>[]): number {
  const typical = examples.map((example) =>
    percentile(
      relativeErrors(example)
        .filter(Number.isFinite)
        .map((error) => Math.abs(error)),
      0.95,
    ),
  );
  const middle = percentile(Float32Array.from(typical), 0.5);
  return LIMITS.find((limit) => limit >= middle * (1 - 1e-6)) ?? LIMITS.at(-1)!;
}
