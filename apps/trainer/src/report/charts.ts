import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Html, html } from './html.js';

/** A line chart over training steps. */
export interface Chart {
  title: string;
  series: readonly ChartSeries[];
  /** A step to mark, and its label. */
  mark?: { step: number; label: string } | undefined;
}

interface ChartSeries {
  name: string;
  points: readonly { step: number; value: number }[];
  /** Drawn thin, behind the others: noisy values of single steps. */
  isFaint?: boolean;
}

/** How many times the smallest value the largest is at least, for a logarithmic axis. */
const LOGARITHMIC_FROM = 30;

/** Places for charts, which {@link chartScript} draws. Points that are not finite are left out. */
export function chartFigures(charts: readonly Chart[]): Html[] {
  return charts.map((chart) => {
    const { series, ...drawn } = drawnChart(chart);
    const content = series.length > 0 ? html`<div class="plot"></div>` : html`<p>No values.</p>`;
    return html`<figure class="chart" data-chart="${JSON.stringify({ ...drawn, series })}"><figcaption>${chart.title}</figcaption>${content}</figure>`;
  });
}

function drawnChart({ title, series, mark }: Chart) {
  const drawn = series
    .map(({ points, ...rest }) => ({ ...rest, points: points.filter(({ value }) => Number.isFinite(value)) }))
    .filter(({ points }) => points.length > 0);
  const steps = [...new Set(drawn.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
  const values = drawn.flatMap(({ points }) => points.map(({ value }) => value));
  const [least, greatest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return {
    title,
    mark,
    steps,
    isLogarithmic: least > 0 && greatest / least > LOGARITHMIC_FROM,
    series: drawn.map(({ name, isFaint = false, points }) => {
      const byStep = new Map(points.map(({ step, value }) => [step, Number(value.toPrecision(6))]));
      return { name, isFaint, values: steps.map((step) => byStep.get(step) ?? null) };
    }),
  };
}

/** uPlot's style sheet, for the page's own. */
export function chartStyle(): string {
  return readFileSync(UPLOT.resolve('uplot/dist/uPlot.min.css'), 'utf8');
}

/** The script of a page with charts, with uPlot inside: values of all charts at the pointer, zoom by dragging, colors of the page. */
export function chartScript(): string {
  const uplot = readFileSync(UPLOT.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8');
  return `/*! uPlot: MIT License, Copyright (c) Leon Sorokin */\n${uplot}\n${DRAW_CHARTS}`;
}

const UPLOT = createRequire(import.meta.url);

const DRAW_CHARTS = `
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const font = '12px system-ui, sans-serif';
const number = (value) => {
  if (value == null) return '–';
  const size = Math.abs(value);
  const text = size > 0 && size < 1e-5 ? value.toExponential(1) : value.toLocaleString('en', { maximumSignificantDigits: 4 });
  return text.replace('-', '−');
};

function axis(options) {
  return {
    stroke: () => color('quiet'), font, labelFont: font, labelSize: 18,
    grid: { stroke: () => color('line'), width: 1 }, ticks: { show: false }, ...options,
  };
}

function draw(figure) {
  const { title, steps, series, isLogarithmic, mark } = JSON.parse(figure.dataset.chart);
  const place = figure.querySelector('.plot');
  if (!place) return;
  const size = () => ({ width: place.clientWidth, height: 230 });
  const drawMark = ({ ctx, bbox, valToPos }) => {
    if (!mark) return;
    const x = valToPos(mark.step, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    const isRight = x > bbox.left + bbox.width * 0.8;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = color('quiet');
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = 12 * devicePixelRatio + 'px system-ui, sans-serif';
    ctx.textAlign = isRight ? 'right' : 'left';
    ctx.fillText(mark.label, x + (isRight ? -5 : 5) * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
    ctx.restore();
  };
  const plot = new uPlot({
    ...size(),
    padding: [10, 12, 0, 0],
    cursor: { sync: { key: 'steps' }, points: { size: 7 } },
    scales: { x: { time: false }, y: isLogarithmic ? { distr: 3 } : {} },
    axes: [
      axis({ label: 'step', size: 30, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? number(tick) : '')) }),
      axis({ size: 58, values: (_, ticks) => ticks.map((tick) => (tick == null ? '' : number(tick))) }),
    ],
    series: [
      { label: 'step', value: (_, value) => number(value) },
      ...series.map(({ name, isFaint }, index) => ({
        label: name,
        value: (_, value) => number(value),
        stroke: () => color('series-' + (index + 1)) + (isFaint ? '80' : ''),
        width: isFaint ? 1 : 2,
        spanGaps: true,
        points: { show: !isFaint && steps.length < 2000 && series[index].values.filter((value) => value !== null).length <= 60, size: 5, fill: () => color('series-' + (index + 1)) },
      })),
    ],
    hooks: { draw: [drawMark] },
  }, [steps, ...series.map(({ values }) => values)], place);
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', title + ' by step');
  new ResizeObserver(() => plot.setSize(size())).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plot.redraw(false, true));
}

for (const figure of document.querySelectorAll('[data-chart]')) draw(figure);
`;
