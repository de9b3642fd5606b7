import { type Chart, chartFigures } from './charts.js';
import { roundStep } from './errors-by-distance.js';
import { type Html, html } from './html.js';
import { percentile } from './pictures.js';
import type { RunReport } from './report-data.js';
import type { TestedFrames } from './tested-frames.js';
import { runColor } from './training-section.js';

/** How errors are distributed: over the images of the test, and over true distances. */
export function errorSection(runs: readonly RunReport[]): Html {
  const shown = runs.flatMap(({ name, tested }, index) =>
    tested?.frames.some(({ absRel }) => Number.isFinite(absRel)) ? [{ name, tested, color: runColor(index) }] : [],
  );
  if (shown.length === 0) return html``;
  const charts = [imagesByError(shown), ...BY_DISTANCE.map((chart) => byDistance(shown, chart))];
  return html`<section><h2>Errors of the test</h2>
<p class="note">${sentenceOn(shown)} Distances are those of the ground truth, in ranges of equal width.</p>
<div class="charts">${chartFigures(charts)}</div></section>`;
}

interface Shown {
  name: string;
  tested: TestedFrames;
  color: number;
}

function sentenceOn(shown: readonly Shown[]): string {
  if (shown.length > 1) return 'The charts show how the errors of each run are distributed.';
  const errors = errorsOf(shown[0]!);
  const [median, most] = [0.5, 0.9].map((share) => (100 * percentile(Float32Array.from(errors), share)).toFixed(0));
  return `Half of the ${errors.length} images have an AbsRel of at most ${median} %, nine of ten of at most ${most} %.`;
}

function errorsOf({ tested: { frames } }: Shown): number[] {
  return frames.map(({ absRel }) => absRel).filter(Number.isFinite);
}

/** About so many ranges of AbsRel. */
const RANGES = 16;

/** Numbers of images by their AbsRel; the last range holds all that are above. */
function imagesByError(shown: readonly Shown[]): Chart {
  const largest = Math.max(...shown.map((run) => percentile(Float32Array.from(errorsOf(run)), 0.97)));
  const width = roundStep(Math.max(largest, 1e-6) / RANGES);
  const count = Math.ceil(largest / width - 1e-6) + 1;
  const [only] = shown.length === 1 ? shown : [];
  return {
    title: `Images by AbsRel; the last bar is from ${Number(((count - 1) * width).toPrecision(6))} on`,
    x: 'AbsRel of the image',
    isStepped: true,
    marks: only ? [{ at: percentile(Float32Array.from(errorsOf(only)), 0.5), label: 'median' }] : [],
    series: shown.map((run) => {
      const images = new Array<number>(count).fill(0);
      for (const error of errorsOf(run)) images[Math.min(count - 1, Math.floor(error / width))]! += 1;
      return {
        name: shown.length === 1 ? 'images' : run.name,
        color: run.color,
        points: [...images, images.at(-1)!].map((y, index) => ({ x: index * width, y })),
      };
    }),
  };
}

const BY_DISTANCE = [
  { title: 'AbsRel by distance', name: 'AbsRel', value: 'absRel' },
  { title: 'Mean error by distance (m)', name: 'mean error (m)', value: 'error' },
  { title: 'Bias by distance (m); below 0: too near', name: 'bias (m)', value: 'bias' },
  { title: 'Compared pixels by distance (%)', name: 'pixels (%)', value: 'share' },
] as const;

function byDistance(shown: readonly Shown[], { title, name, value }: (typeof BY_DISTANCE)[number]): Chart {
  return {
    title,
    x: 'true distance (m)',
    isStepped: true,
    series: shown.map((run) => {
      const { distances } = run.tested;
      const pixels = distances.reduce((sum, range) => sum + range.pixels, 0);
      const heightOf = (range: (typeof distances)[number]) =>
        value === 'share' ? (100 * range.pixels) / pixels : range[value];
      const last = distances.at(-1);
      return {
        name: shown.length === 1 ? name : run.name,
        color: run.color,
        points: [
          ...distances.map((range) => ({ x: range.from, y: heightOf(range) })),
          ...(last ? [{ x: last.to, y: heightOf(last) }] : []),
        ],
      };
    }),
  };
}
