import { applyColormap, colorizeDepth } from '@llm-mde/depth-maps';
import { computeDepthMetrics } from '@llm-mde/metrics';
import type { AttendedWords } from 'llm-mde';
import { formatNumber } from '../evaluate/metrics-table.js';
import { type Html, html } from './html.js';
import {
  colorBar,
  depthRange,
  percentile,
  pictureAddress,
  pictureOf,
  shrinkImage,
  shrinkMap,
  strideFor,
} from './pictures.js';
import type { Example } from './report-data.js';

/** Image, ground truth, prediction and error of each example. Errors share one scale, depths have one per example. */
export function exampleSection(examples: readonly Example[]): Html {
  if (examples.length === 0) return html``;
  const errors = examples.map(errorMap);
  const largestError = roundUp(Math.max(...errors.map((map) => percentile(map.filter(Number.isFinite), 0.98))));
  return html`<section><h2>Examples</h2>
<p class="note">Near is warm, far is cold; gray has no ground truth. Error is |prediction − ground truth|, from black at 0 to bright at ${largestError} m and above.</p>
${examples.map((example, index) => exampleFigure(example, errors[index]!, largestError))}</section>`;
}

function exampleFigure(example: Example, error: Float32Array, largestError: number): Html {
  const { id, image, depth: truth, valid } = example.frame;
  const stride = strideFor(image.width);
  const photograph = shrinkImage(image, stride);
  const shown = (map: ArrayLike<number>) => shrinkMap(map, image, stride);
  const range = depthRange(truth, valid);
  const depth = { width: photograph.width, height: photograph.height, minDepth: range[0], maxDepth: range[1] };
  const picture = (title: string, rgb: Uint8Array, bar?: Html) => pictureOf(id, title, rgb, photograph, bar);
  const metres = colorBar('turbo', range, true);
  return html`<figure class="example">
<figcaption>${titleOf(example)}${scores(example)}</figcaption>
<div class="pictures">
${picture('image', photograph.data)}
${picture('ground truth', colorizeDepth(shown(truth.map((value, pixel) => (valid[pixel] ? value : 0))), depth), metres)}
${picture('prediction', colorizeDepth(shown(example.prediction), depth), metres)}
${picture('error', applyColormap(shown(error), { ...depth, maximum: largestError }), colorBar('magma', [0, largestError]))}
</div>
${example.prompt && html`<details><summary>Prompt${example.class && html`, class “${example.class}”`}</summary><p class="prompt">${example.prompt}</p></details>`}
</figure>`;
}

function titleOf({ frame: { id, sceneType } }: Example): Html {
  return html`<b>${sceneType.replaceAll('_', ' ')}</b> <code>${id}</code>`;
}

function scores({ frame: { depth, valid }, prediction }: Example): Html {
  const { absRel, rmse, pixels } = computeDepthMetrics(prediction, depth, valid);
  if (pixels === 0) return html`<span>no ground truth</span>`;
  return html`<span>AbsRel ${formatNumber(absRel)}, RMSE ${formatNumber(rmse)} m over the whole image</span>`;
}

/** NaN where there is no ground truth. */
function errorMap({ frame: { depth, valid }, prediction }: Example): Float32Array {
  return prediction.map((metres, pixel) => (valid[pixel] ? Math.abs(metres - depth[pixel]!) : Number.NaN));
}

/** The next of 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10]
    .map((factor) => Number((factor * power).toPrecision(12)))
    .find((round) => round >= value * (1 - 1e-9))!;
}

/** Prototypes with a picture. */
const PROTOTYPES = 4;

/** The prototypes that the patches of an image attend to, and where; or, where there is nothing to see, a sentence that says so. */
export function wordsSection(examples: readonly Example[]): Html {
  const shown = examples.filter(({ attended }) => attended);
  if (shown.length === 0) return html``;
  return html`<section><h2>Words</h2>
<p class="note">Patches attend to prototypes, which are mixtures of the language model's words; 1 × even is the attention that each gets where a patch attends to
all alike. Where patches differ by more than chance, the pictures show the prototypes that a patch prefers most, bright where patches attend to them most, with the
words that they are close to and their cosine similarity.</p>
${shown.map((example, index) => exampleWords(example.attended!, example, `words-${index}`))}</section>`;
}

function exampleWords({ attention, ...lists }: AttendedWords, example: Example, name: string): Html {
  return html`<figure class="example">
<figcaption>${titleOf(example)}</figcaption>
<p>${attention.sentence}</p>
${attention.verdict === 'informative' && prototypePictures(lists, example, name)}</figure>`;
}

function prototypePictures(
  { rows, columns, patches, words }: Omit<AttendedWords, 'attention'>,
  { frame: { image } }: Example,
  name: string,
): Html {
  const photograph = shrinkImage(image, strideFor(image.width));
  const { width, height } = photograph;
  return html`<svg class="definition" aria-hidden="true"><defs><image id="${name}" href="${pictureAddress(photograph.data, photograph)}" width="${width}" height="${height}"/></defs></svg>
<div class="pictures">${preferred(patches).map((prototype) => {
    const times = timesEven(patches, prototype);
    const most = Math.max(...times);
    const close = (words.get(prototype) ?? []).filter(({ isClose }) => isClose);
    return html`<div><svg class="overlay" viewBox="0 0 ${width} ${height}" role="img" aria-label="attention to prototype ${prototype}"><use href="#${name}"/>
${overlay(times, most, { rows, columns, width, height })}</svg><span>prototype ${prototype}, up to ${most.toFixed(1)} × even</span>
<span class="words">${close.length === 0 ? 'close to no word' : close.map(({ word, similarity }) => html`<span>${word} ${similarity.toFixed(2)}</span> `)}</span></div>`;
  })}</div>`;
}

type Patches = AttendedWords['patches'];

/** The prototypes that a patch attends to most beyond the mean of all patches. */
function preferred(patches: Patches): number[] {
  const most = new Map<number, number>();
  for (const { prototype, timesEven, timesMean } of patches.flat()) {
    const beyond = timesEven - timesEven / timesMean;
    most.set(prototype, Math.max(beyond, most.get(prototype) ?? Number.NEGATIVE_INFINITY));
  }
  return [...most]
    .sort((a, b) => b[1] - a[1])
    .slice(0, PROTOTYPES)
    .map(([prototype]) => prototype);
}

/** The attention of each patch to a prototype; 0 where it is not among its first. */
function timesEven(patches: Patches, prototype: number): number[] {
  return patches.map((attended) => attended.find((entry) => entry.prototype === prototype)?.timesEven ?? 0);
}

/** Dark where patches do not attend to a prototype. */
function overlay(
  times: readonly number[],
  most: number,
  { rows, columns, width, height }: { rows: number; columns: number; width: number; height: number },
): Html[] {
  const [w, h] = [width / columns, height / rows];
  return times.map((value, patch) => {
    const opacity = (0.82 * (1 - (most > 0 ? value / most : 0))).toFixed(2);
    const [x, y] = [(patch % columns) * w, Math.floor(patch / columns) * h];
    return html`<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" opacity="${opacity}"/>`;
  });
}
