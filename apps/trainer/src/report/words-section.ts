import { type Html, html } from './html.js';
import { pictureAddress, shrinkImage, strideFor } from './pictures.js';
import type { Example, ExampleWords } from './report-data.js';

/** Prototypes shown with a picture of their own. */
const PROTOTYPES = 4;
const WORDS = 12;

/** The words that an image's patches lean on, and where in the image they lean on each prototype. */
export function wordsSection(words: readonly ExampleWords[], examples: readonly Example[]): Html {
  const shown = words.flatMap((found) => {
    const example = examples.find(({ id }) => id === found.exampleId);
    return example ? [{ ...found, example }] : [];
  });
  if (shown.length === 0) return html``;
  return html`<section><h2>Words</h2>
<p class="note">Patches attend to prototypes, which are mixtures of the language model's words. For each image: the words nearest to its
patches' prototypes, weighted by attention and similarity; and the prototypes most attended to, bright where patches attend to them most.</p>
${shown.map(({ attended, example }, index) => exampleWords(attended, example, `words-${index}`))}</section>`;
}

function exampleWords(
  { rows, columns, patches, words }: ExampleWords['attended'],
  example: Example,
  name: string,
): Html {
  const photograph = shrinkImage(example.image, strideFor(example.image.width));
  const { width, height } = photograph;
  const totals = totalWeights(patches);
  const prototypes = [...totals].sort((a, b) => b[1] - a[1]).slice(0, PROTOTYPES);
  return html`<figure class="example">
<figcaption><b>${example.sceneType.replaceAll('_', ' ')}</b> <code>${example.id}</code></figcaption>
<svg class="definition" aria-hidden="true"><defs><image id="${name}" href="${pictureAddress(photograph.data, photograph)}" width="${width}" height="${height}"/></defs></svg>
${wordList(totals, words)}
<div class="pictures">${prototypes.map(
    ([
      prototype,
    ]) => html`<div><svg class="overlay" viewBox="0 0 ${width} ${height}" role="img" aria-label="attention to prototype ${prototype}"><use href="#${name}"/>
${overlay(patches, prototype, { rows, columns, width, height })}</svg><span>prototype ${prototype}</span>
<span class="words">${(words.get(prototype) ?? []).map(({ word, similarity }) => html`<span title="similarity ${similarity.toFixed(2)}">${word}</span> `)}</span></div>`,
  )}</div></figure>`;
}

type Patches = ExampleWords['attended']['patches'];

function totalWeights(patches: Patches): Map<number, number> {
  const totals = new Map<number, number>();
  for (const { prototype, weight } of patches.flat()) totals.set(prototype, (totals.get(prototype) ?? 0) + weight);
  return totals;
}

/** The image's words, each as wide as it weighs. */
function wordList(totals: Map<number, number>, words: ExampleWords['attended']['words']): Html {
  const weights = new Map<string, number>();
  for (const [prototype, weight] of totals) {
    for (const { word, similarity } of words.get(prototype) ?? []) {
      weights.set(word, (weights.get(word) ?? 0) + weight * Math.max(similarity, 0));
    }
  }
  const heaviest = [...weights].sort((a, b) => b[1] - a[1]).slice(0, WORDS);
  const most = heaviest[0]?.[1] || 1;
  return html`<ol class="word-list">${heaviest.map(([word, weight]) => html`<li style="--share:${Math.round((weight / most) * 100)}%">${word}</li>`)}</ol>`;
}

/** Dark where patches do not attend to the prototype. */
function overlay(
  patches: Patches,
  prototype: number,
  { rows, columns, width, height }: { rows: number; columns: number; width: number; height: number },
): Html[] {
  const weights = patches.map((attended) => attended.find((entry) => entry.prototype === prototype)?.weight ?? 0);
  const most = Math.max(...weights);
  const [w, h] = [width / columns, height / rows];
  return weights.map((weight, patch) => {
    const opacity = (0.82 * (1 - (most > 0 ? weight / most : 0))).toFixed(2);
    const [x, y] = [(patch % columns) * w, Math.floor(patch / columns) * h];
    return html`<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" opacity="${opacity}"/>`;
  });
}
