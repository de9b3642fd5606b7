import { METRIC_COLUMNS, METRIC_LABELS } from '../evaluate/metrics-table.js';
import type { MetricsRow } from '../run/metrics-log.js';
import { type Chart, type ChartSeries, chartFigures, type Point, thin } from './charts.js';
import { type Html, html } from './html.js';
import type { RunReport } from './report-data.js';

/** Curves over steps, epochs or time: losses, metrics, learning rate, gradient norm; those of several runs over each other. */
export function trainingSection(runs: readonly RunReport[], isLive = false): Html {
  const charts = (runs.length === 1 ? chartsOfRun(runs[0]!) : chartsOfRuns(runs)).filter(
    ({ series }) => isLive || series.some(({ points }) => points.some(({ y }) => Number.isFinite(y))),
  );
  if (charts.length === 0) return html``;
  const axes = [
    ['step', 'steps', true],
    ['epoch', 'epochs', isLive || runs.every(({ history }) => stepsPerEpoch(history) !== null)],
    ['time', 'time', isLive || runs.every(({ seconds }) => (seconds?.size ?? 0) > 0)],
  ] as const;
  const known = axes.filter(([, , isKnown]) => isKnown);
  return html`<section><h2>Training</h2>
<div class="tools"><fieldset><legend>Horizontal axis</legend>${known.map(
    ([value, label]) =>
      html`<label><input type="radio" name="axis" value="${value}" disabled${value === 'step' && html` checked`}>${label}</label>`,
  )}</fieldset><button type="button" data-reset-zoom>Reset zoom</button></div>
<p class="note">Point at a chart for its values; drag to zoom.</p><noscript><p>The charts need JavaScript.</p></noscript>
<div class="charts">${chartFigures(charts)}</div></section>`;
}

function chartsOfRun(run: RunReport): Chart[] {
  const best = bestStep(run.history);
  const marks = best === undefined ? [] : [{ at: best, label: 'best' }];
  const series = (field: string, name: string, color = 1, isFaint = false): ChartSeries => ({
    name,
    field,
    color,
    isFaint,
    points: pointsOf(run, field),
  });
  return [
    {
      title: 'Loss',
      marks,
      series: [
        series('loss', 'training, per step', 1, true),
        series('trainingLoss', 'training, mean of the epoch', 2),
        series('validationLoss', 'validation', 3),
      ],
    },
    ...FIELDS.filter(([field]) => !LOSSES.has(field)).map(([field, title]) => ({
      title,
      marks,
      series: [series(field, 'value', 1, field === 'gradientNorm')],
    })),
  ];
}

const LOSSES: ReadonlySet<string> = new Set(['loss', 'trainingLoss', 'validationLoss']);

const FIELDS: readonly (readonly [field: string, title: string])[] = [
  ['validationLoss', 'Validation loss'],
  ['trainingLoss', 'Training loss, mean of the epoch'],
  ...METRIC_COLUMNS.map((name) => [name, `Validation ${METRIC_LABELS[name]}`] as const),
  ['loss', 'Training loss, per step'],
  ['learningRate', 'Learning rate'],
  ['gradientNorm', 'Gradient norm'],
];

function chartsOfRuns(runs: readonly RunReport[]): Chart[] {
  return FIELDS.map(([field, title]) => ({
    title,
    series: runs.map((run, index) => ({
      name: run.name,
      run: index,
      field,
      color: runColor(index),
      points: pointsOf(run, field),
      isFaint: field === 'loss' || field === 'gradientNorm',
    })),
  }));
}

const COLORS = 8;

/** The color of a run, in all charts of a page. */
export function runColor(index: number): number {
  return (index % COLORS) + 1;
}

function pointsOf({ history }: RunReport, field: string): Point[] {
  return history.flatMap((row) => {
    const y = (row as unknown as Record<string, number | undefined>)[field];
    return y === undefined ? [] : [{ x: row.step, y }];
  });
}

/** The step with the lowest validation loss, of which the checkpoint is kept. */
function bestStep(history: readonly MetricsRow[]): number | undefined {
  let [step, least]: [number | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const row of history) {
    if (!('validationLoss' in row) || !(row.validationLoss < least)) continue;
    [step, least] = [row.step, row.validationLoss];
  }
  return step;
}

/** Null before the first epoch has ended. */
function stepsPerEpoch(history: readonly MetricsRow[]): number | null {
  const last = history.findLast((row) => 'validationLoss' in row);
  return last ? last.step / last.epoch : null;
}

/** What the page's scripts know of the runs: where their steps are in epochs and in time. */
export function runsOnAxes(runs: readonly RunReport[]): string {
  return JSON.stringify(
    runs.map(({ history, seconds }) => {
      const times = thin([...(seconds ?? [])].sort(([a], [b]) => a - b).map(([x, y]) => ({ x, y })));
      return {
        stepsPerEpoch: stepsPerEpoch(history),
        steps: times.map(({ x }) => x),
        seconds: times.map(({ y }) => Number(y.toFixed(2))),
      };
    }),
  );
}
