import { photographAddress, titleOf } from './example-sections.js';
import { type Html, html } from './html.js';
import type { RunReport } from './report-data.js';
import type { Example, StoredWords } from './tested-frames.js';

/** Prototypes with a picture. */
const PROTOTYPES = 4;

/** The prototypes that the patches of an image attend to, and where; or, where there is nothing to see, a sentence that says so. */
export function wordsSection(runs: readonly RunReport[]): Html {
  const examples = runs.length === 1 ? (runs[0]!.tested?.examples ?? []) : [];
  const shown = examples.filter(({ attended }) => attended);
  if (shown.length === 0) return html``;
  const isInformative = shown.some(({ attended }) => attended!.attention.verdict === 'informative');
  return html`<section><h2>Words</h2>
${
  isInformative &&
  html`<p class="note">Patches attend to prototypes, which are mixtures of the language model's words; 1 × even is the attention that each gets where a patch attends to
all alike. Where patches differ by more than chance, the pictures show the prototypes that a patch prefers most, bright where patches attend to them most, with the
words that they are close to and their cosine similarity.</p>`
}
${shown.map((example, index) => exampleWords(example.attended!, example, `words-${index}`))}</section>`;
}

function exampleWords({ attention, ...lists }: StoredWords, example: Example, name: string): Html {
  return html`<figure class="example">
<figcaption>${titleOf(example)}</figcaption>
<p>${attention.sentence}</p>
${attention.verdict === 'informative' && prototypePictures(lists, example, name)}</figure>`;
}

function prototypePictures(
  { rows, columns, patches, words: stored }: Omit<StoredWords, 'attention'>,
  example: Example,
  name: string,
): Html {
  const { width, height } = example;
  const words = new Map(stored);
  return html`<svg class="definition" aria-hidden="true"><defs><image id="${name}" href="${photographAddress(example)}" width="${width}" height="${height}"/></defs></svg>
<div class="pictures">${preferred(patches).map((prototype) => {
    const times = timesEven(patches, prototype);
    const most = Math.max(...times);
    const close = (words.get(prototype) ?? []).filter(({ isClose }) => isClose);
    return html`<div><svg class="overlay" viewBox="0 0 ${width} ${height}" role="img" aria-label="attention to prototype ${prototype}"><use href="#${name}"/>
${overlay(times, most, { rows, columns, width, height })}</svg><span>prototype ${prototype}, up to ${most.toFixed(1)} × even</span>
<span class="words">${close.length === 0 ? 'close to no word' : close.map(({ word, similarity }) => html`<span>${word} ${similarity.toFixed(2)}</span> `)}</span></div>`;
  })}</div>`;
}

type Patches = StoredWords['patches'];

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
