import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Html, html } from './html.js';
import drawCharts from './page/charts.js?raw';

/** A chart that the page draws, with values at the pointer and zoom. */
export interface Chart {
  title: string;
  /** What is below it; absent for steps of training, of which a reader may choose epochs or time instead. */
  x?: string;
  series: readonly ChartSeries[];
  /** Places on the horizontal axis to mark. */
  marks?: readonly { at: number; label: string }[];
  /** Drawn as steps rather than as lines: a value holds from its place to the next one. */
  isStepped?: boolean;
}

export interface ChartSeries {
  name: string;
  points: readonly Point[];
  /** Its color, from 1 on. */
  color: number;
  /** To which of the page's runs it belongs, from 0 on. @default 0 */
  run?: number;
  /** The field of `metrics.jsonl` that it shows, by which a page that is live goes on with it. */
  field?: string;
  /** Drawn thin: noisy values of single steps. */
  isFaint?: boolean;
}

export interface Point {
  x: number;
  y: number;
}

/** Series are thinned to so many points. */
const POINTS = 1000;

/** Places for charts, which {@link chartScripts} draw. Points that are not finite are left out. */
export function chartFigures(charts: readonly Chart[]): Html[] {
  return charts.map(({ title, x, series, marks = [], isStepped = false }) => {
    const drawn = series.map(({ points, ...rest }) => {
      const kept = thin(points.filter(({ y }) => Number.isFinite(y)));
      return { run: 0, ...rest, x: kept.map((point) => short(point.x)), y: kept.map((point) => short(point.y)) };
    });
    const data = JSON.stringify({ title, x, series: drawn, marks, isStepped });
    return html`<figure class="chart" data-chart="${data}"><figcaption>${title}</figcaption><div class="plot"></div></figure>`;
  });
}

/** Fewer points: each is the mean of some that follow each other, at the place of their last. */
export function thin(points: readonly Point[], most = POINTS): readonly Point[] {
  const size = Math.ceil(points.length / most);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const part = points.slice(index * size, (index + 1) * size);
    return { x: part.at(-1)!.x, y: part.reduce((sum, { y }) => sum + y, 0) / part.length };
  });
}

function short(value: number): number {
  return Number(value.toPrecision(7));
}

/** uPlot's style sheet, for the page's own. */
export function chartStyle(): string {
  return readFileSync(UPLOT.resolve('uplot/dist/uPlot.min.css'), 'utf8');
}

/** The scripts of a page with charts: uPlot, and what draws with it. */
export function chartScripts(): string[] {
  const uplot = readFileSync(UPLOT.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8');
  return [`/*! uPlot: MIT License, Copyright (c) Leon Sorokin */\n${uplot}\nglobalThis.uPlot = uPlot;`, drawCharts];
}

const UPLOT = createRequire(import.meta.url);
