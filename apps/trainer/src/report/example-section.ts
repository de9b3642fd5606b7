import { applyColormap, colorizeDepth } from '@llm-mde/depth-maps';
import { type Html, html } from './html.js';
import { formatNumber } from './numbers.js';
import { colorBar, pictureAddress, shrinkImage, shrinkMap, strideFor } from './pictures.js';
import type { Example } from './report-data.js';
import { roundStep } from './ticks.js';

/** Image, truth, prediction and error of each example. Error has one scale for all of them, depth one for each. */
export function exampleSection(examples: readonly Example[]): Html {
  if (examples.length === 0) return html``;
  const errors = examples.map(errorMap);
  const largestError = roundUp(Math.max(...errors.map((map) => percentile(map.filter(Number.isFinite), 0.98))));
  return html`<section><h2>Examples</h2>
<p class="note">Near is warm, far is cold; gray has no ground truth. Error is |prediction − truth|, brightest from ${largestError} m.</p>
${examples.map((example, index) => exampleFigure(example, errors[index]!, largestError))}</section>`;
}

function exampleFigure(example: Example, error: Float32Array, largestError: number): Html {
  const { image, truth, valid, prediction } = example;
  const stride = strideFor(image.width);
  const photograph = shrinkImage(image, stride);
  const shown = (map: ArrayLike<number>) => shrinkMap(map, image, stride);
  const range = depthRange(truth, valid);
  const depth = { width: photograph.width, height: photograph.height, minDepth: range[0], maxDepth: range[1] };
  const picture = (what: string, rgb: Uint8Array, bar: Html | false = false) =>
    html`<div><img src="${pictureAddress(rgb, photograph)}" width="${photograph.width}" height="${photograph.height}" alt="${what} of ${example.id}" loading="lazy"><span>${what}</span>${bar}</div>`;
  const metres = colorBar('turbo', range, true);
  return html`<figure class="example">
<figcaption><b>${example.sceneType.replaceAll('_', ' ')}</b> <code>${example.id}</code>${scores(example, error)}</figcaption>
<div class="pictures">
${picture('image', photograph.data)}
${picture('truth', colorizeDepth(shown(truth.map((value, pixel) => (valid[pixel] ? value : 0))), depth), metres)}
${picture('prediction', colorizeDepth(shown(prediction), depth), metres)}
${picture('error', applyColormap(shown(error), { ...depth, maximum: largestError }), colorBar('magma', [0, largestError]))}
</div>
${example.prompt && html`<details><summary>Prompt${example.class && html`, class “${example.class}”`}</summary><p class="prompt">${example.prompt}</p></details>`}
</figure>`;
}

function scores({ truth }: Example, error: Float32Array): Html {
  let relative = 0;
  let squared = 0;
  let count = 0;
  for (let pixel = 0; pixel < error.length; pixel++) {
    if (!Number.isFinite(error[pixel])) continue;
    relative += error[pixel]! / truth[pixel]!;
    squared += error[pixel]! ** 2;
    count++;
  }
  if (count === 0) return html`<span>no ground truth</span>`;
  return html`<span>AbsRel ${formatNumber(relative / count)}, RMSE ${formatNumber(Math.sqrt(squared / count))} m over the whole image</span>`;
}

/** NaN where there is no truth. */
function errorMap({ truth, valid, prediction }: Example): Float32Array {
  return prediction.map((depth, pixel) => (valid[pixel] ? Math.abs(depth - truth[pixel]!) : Number.NaN));
}

/** From the nearest to the farthest that is there, outliers apart. */
export function depthRange(truth: Float32Array, valid: Uint8Array): [number, number] {
  const depths = truth.filter((_, pixel) => valid[pixel]);
  if (depths.length === 0) return [0, 10];
  const [near, far] = [percentile(depths, 0.01), percentile(depths, 0.99)];
  return [Math.floor(near * 10) / 10, Math.ceil(far * 10) / 10 + (near === far ? 0.1 : 0)];
}

/** @param values is put in order. */
function percentile(values: Float32Array, share: number): number {
  return values.sort()[Math.floor(share * (values.length - 1))] ?? 0;
}

function roundUp(value: number): number {
  return value > 0 ? roundStep(value) : 1;
}
