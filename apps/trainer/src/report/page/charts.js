// @ts-check
// Draws the charts of a report with uPlot: values at the pointer, zoom by dragging, axes to choose, the colors of the page.
export {};

/**
 * @typedef {{ name: string, run: number, color: number, isFaint?: boolean, field?: string, x: number[], y: number[] }} Series
 * @typedef {{ title: string, x?: string, series: Series[], marks: { at: number, label: string }[], isStepped: boolean }} Chart
 * @typedef {{ stepsPerEpoch: number | null, steps: number[], seconds: number[] }} Run
 * @typedef {'step' | 'epoch' | 'time'} Axis
 */

/** @type {typeof import('uplot')} */
const uPlot = Reflect.get(globalThis, 'uPlot');

const HEIGHT = 230;
const FONT = '12px system-ui, sans-serif';
/** How many times the smallest value the largest is at least, for a logarithmic axis. */
const LOGARITHMIC_FROM = 30;
/** The values of a series of at most so many points are marked. */
const MOST_MARKED = 60;
/** A series of a page that is live is thinned beyond so many points. */
const MOST_POINTS = 4000;

/** @type {Run[]} */
const runs = JSON.parse(document.querySelector('main')?.dataset.runs ?? '[]');
/** @type {Axis} */
let axis = 'step';

/** @param {string} name */
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** @param {number | null | undefined} value */
function number(value) {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  const text =
    size > 0 && size < 1e-4 ? value.toExponential(1) : value.toLocaleString('en', { maximumSignificantDigits: 4 });
  return text.replace('-', '−');
}

/** The unit in which times up to this many seconds are read. @param {number} seconds @returns {[string, number]} */
function unitOfTime(seconds) {
  if (seconds > 3 * 3600) return ['hours', 3600];
  return seconds > 180 ? ['minutes', 60] : ['seconds', 1];
}

const [timeUnit, secondsOfUnit] = unitOfTime(Math.max(0, ...runs.map(({ seconds }) => seconds.at(-1) ?? 0)));
const AXIS_LABELS = { step: 'step', epoch: 'epoch', time: `${timeUnit} of training` };

/** A step on the axis that is chosen. @param {number} step @param {Run | undefined} run */
function onAxis(step, run) {
  if (axis === 'epoch' && run?.stepsPerEpoch) return step / run.stepsPerEpoch;
  if (axis === 'time' && run && run.steps.length > 0) return secondsAt(step, run) / secondsOfUnit;
  return step;
}

/** By the known steps around it. @param {number} step @param {Run} run */
function secondsAt(step, { steps, seconds }) {
  let after = steps.findIndex((known) => known >= step);
  if (after === -1) after = steps.length - 1;
  const [x0, x1] = [after > 0 ? (steps[after - 1] ?? 0) : 0, steps[after] ?? 0];
  const [y0, y1] = [after > 0 ? (seconds[after - 1] ?? 0) : 0, seconds[after] ?? 0];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (step - x0)) / (x1 - x0);
}

class Drawn {
  /** @type {import('uplot') | undefined} */
  plot;
  isLogarithmic = false;

  /** @param {HTMLElement} figure */
  constructor(figure) {
    this.place = /** @type {HTMLElement} */ (figure.querySelector('.plot'));
    /** @type {Chart} */
    this.chart = JSON.parse(figure.dataset.chart ?? '');
    this.place.setAttribute('role', 'img');
    this.build();
    new ResizeObserver(() => this.resize()).observe(this.place);
  }

  get isOfTraining() {
    return this.chart.x === undefined;
  }

  resize() {
    const width = this.place.clientWidth;
    if (width > 0) this.plot?.setSize({ width, height: HEIGHT });
  }

  /** Draws it anew. */
  build() {
    this.plot?.destroy();
    this.isLogarithmic = this.spansMagnitudes();
    const label = this.chart.x ?? AXIS_LABELS[axis];
    this.place.setAttribute('aria-label', `${this.chart.title} by ${label}`);
    this.plot = new uPlot(this.options(label), this.data(), this.place);
  }

  spansMagnitudes() {
    // A learning rate ends near 0, and so would its axis.
    const values = this.chart.series.flatMap(({ y, field }) => (field === 'learningRate' ? [0] : y));
    let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
    for (const value of values) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
    return this.isOfTraining && least > 0 && greatest / least > LOGARITHMIC_FROM;
  }

  /** @returns {import('uplot').AlignedData} */
  data() {
    const { series } = this.chart;
    if (series.every(({ x }) => x.length === 0)) return [[], ...series.map(() => [])];
    const tables = series.map(({ x, y, run }) => {
      const places = this.isOfTraining ? x.map((step) => onAxis(step, runs[run])) : x;
      return /** @type {import('uplot').AlignedData} */ ([places, y]);
    });
    return uPlot.join(tables);
  }

  /** @param {string} label @returns {import('uplot').Options} */
  options(label) {
    const { series, isStepped } = this.chart;
    /** @param {import('uplot').Axis} more @returns {import('uplot').Axis} */
    const axisOptions = (more) => ({
      stroke: () => color('quiet'),
      font: FONT,
      labelFont: FONT,
      labelSize: 18,
      grid: { stroke: () => color('line'), width: 1 },
      ticks: { show: false },
      ...more,
    });
    return {
      width: this.place.clientWidth || 320,
      height: HEIGHT,
      padding: [10, 12, 0, 0],
      cursor: {
        ...(this.isOfTraining && { sync: { key: 'training' } }),
        points: { size: 7 },
        dataIdx: nearestValue,
      },
      scales: {
        x: { time: false },
        y: this.isLogarithmic ? { distr: 3 } : isStepped ? { range: (_, low, high) => stepRange(low, high) } : {},
      },
      axes: [
        axisOptions({
          label,
          size: 30,
          values: (_, ticks) =>
            ticks.map((tick) => (this.isOfTraining && axis !== 'time' && !Number.isInteger(tick) ? '' : number(tick))),
        }),
        axisOptions({ size: 58, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : number(tick))) }),
      ],
      series: [
        { label, value: (_, value) => number(value) },
        ...series.map(({ name, isFaint, color: own, y }) => ({
          label: name,
          value: (/** @type {unknown} */ _, /** @type {number | null} */ value) => number(value),
          stroke: () => color(`series-${own}`) + (isFaint ? '80' : ''),
          width: isFaint ? 1 : 2,
          spanGaps: true,
          ...(isStepped && {
            paths: uPlot.paths.stepped?.({ align: 1 }),
            ...(series.length === 1 && { fill: () => `${color(`series-${own}`)}30`, fillTo: 0 }),
          }),
          points: {
            show: () => !isFaint && !isStepped && y.length <= MOST_MARKED,
            size: 5,
            fill: () => color(`series-${own}`),
          },
        })),
      ],
      hooks: { draw: [(plot) => this.drawMarks(plot)] },
    };
  }

  /** @param {import('uplot')} plot */
  drawMarks({ ctx, bbox, valToPos }) {
    for (const { at, label } of this.chart.marks) {
      const x = valToPos(this.isOfTraining ? onAxis(at, runs[0]) : at, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const isRight = x > bbox.left + bbox.width * 0.7;
      ctx.save();
      ctx.strokeStyle = color('quiet');
      ctx.fillStyle = color('quiet');
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = isRight ? 'right' : 'left';
      ctx.fillText(label, x + (isRight ? -5 : 5) * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
      ctx.restore();
    }
  }

  /** Adds rows of `metrics.jsonl`. @param {Record<string, number>[]} rows */
  append(rows) {
    let isChanged = false;
    for (const { field, x, y } of this.chart.series) {
      for (const row of rows) {
        const value = field === undefined ? undefined : row[field];
        if (typeof value !== 'number' || row.step === undefined) continue;
        x.push(row.step);
        y.push(value);
        isChanged = true;
      }
      if (x.length > MOST_POINTS) halve(x, y);
    }
    if (!isChanged || !this.plot) return;
    if (this.spansMagnitudes() !== this.isLogarithmic) return this.build();
    const { min, max } = /** @type {import('uplot').Scale} */ (this.plot.scales.x);
    const known = this.plot.data[0];
    const isWhole = min == null || max == null || (min <= (known[0] ?? min) && max >= (known.at(-1) ?? max));
    this.plot.setData(this.data(), isWhole);
    if (!isWhole) this.plot.redraw();
  }
}

/** @param {number | null} low @param {number | null} high @returns {[number, number]} */
function stepRange(low, high) {
  const [least, greatest] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)];
  const room = (greatest - least || 1) * 0.08;
  return [least < 0 ? least - room : 0, greatest > 0 ? greatest + room : 0];
}

/**
 * Series have values at different places: the pointer shows the nearest one.
 *
 * @type {NonNullable<import('uplot').Cursor['dataIdx']>}
 */
function nearestValue(plot, index, hovered, x) {
  const [places, values] = [plot.data[0], plot.data[index]];
  if (!values || index === 0 || (values[hovered] !== null && values[hovered] !== undefined)) return hovered;
  const exists = (/** @type {number} */ at) => values[at] !== null && values[at] !== undefined;
  let [left, right] = [hovered - 1, hovered + 1];
  while (left >= 0 && !exists(left)) left--;
  while (right < places.length && !exists(right)) right++;
  if (left < 0) return right < places.length ? right : hovered;
  if (right >= places.length) return left;
  return x - (places[left] ?? 0) <= (places[right] ?? 0) - x ? left : right;
}

/** Two points become one. @param {number[]} x @param {number[]} y */
function halve(x, y) {
  const count = Math.floor(x.length / 2);
  for (let index = 0; index < count; index++) {
    x[index] = /** @type {number} */ (x[2 * index + 1]);
    y[index] = (Number(y[2 * index]) + Number(y[2 * index + 1])) / 2;
  }
  x.length = count;
  y.length = count;
}

const charts = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-chart]'))].map(
  (figure) => new Drawn(figure),
);

for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[name=axis]'))) {
  input.disabled = false;
  input.addEventListener('change', () => {
    axis = /** @type {Axis} */ (input.value);
    for (const chart of charts) if (chart.isOfTraining) chart.build();
  });
  if (input.checked) axis = /** @type {Axis} */ (input.value);
}
document.querySelector('[data-reset-zoom]')?.addEventListener('click', () => {
  for (const chart of charts) chart.build();
});

// A page that is live tells of new rows; time goes on from what was known.
document.addEventListener('rows', (event) => {
  const { rows, seconds } = /** @type {CustomEvent} */ (event).detail;
  const run = runs[0];
  const last = rows.at(-1);
  if (run && last) {
    run.steps.push(last.step);
    run.seconds.push(seconds);
    if (last.validationLoss !== undefined) run.stepsPerEpoch = last.step / last.epoch;
  }
  for (const chart of charts) chart.append(rows);
});

// The colors and the width of paper, also where the screen is dark or narrow.
const redraw = () => {
  for (const { plot } of charts) plot?.redraw(false, true);
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
matchMedia('print').addEventListener('change', redraw);
for (const [name, isPrinting] of /** @type {const} */ ([
  ['beforeprint', true],
  ['afterprint', false],
])) {
  addEventListener(name, () => {
    document.documentElement.classList.toggle('printing', isPrinting);
    for (const chart of charts) chart.resize();
    redraw();
  });
}
