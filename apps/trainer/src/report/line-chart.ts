import { type Html, html } from './html.js';
import { formatNumber } from './numbers.js';
import { linearTicks, logarithmicTicks } from './ticks.js';

interface Series {
  name: string;
  points: readonly { x: number; y: number }[];
}

export interface LineChartOptions {
  title: string;
  /** Name of the x axis. */
  xLabel: string;
  /** At most four. */
  series: readonly Series[];
  /** A place on the x axis to mark, and what it is. */
  mark?: { x: number; label: string };
}

const WIDTH = 440;
const HEIGHT = 250;
const AREA = { left: 56, right: 12, top: 16, bottom: 34 };
/** More points than this are drawn as the mean of neighbors, with their range as a band. */
const MOST_POINTS = 220;
/** Fewer points than this get a dot each. */
const MOST_DOTS = 40;

/**
 * Curves as SVG in a figure, in colors of the page's style sheet. The y axis is logarithmic where all values are positive and differ by
 * more than 30 times. Points that are not finite are left out.
 */
export function lineChart({ title, xLabel, series, mark }: LineChartOptions): Html {
  const drawn = series
    .map(({ name, points }) => ({
      name,
      points: points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)),
    }))
    .filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return html`<figure class="chart"><figcaption>${title}</figcaption><p>No values.</p></figure>`;

  const xScale = scale(extent(all.map(({ x }) => x)), [AREA.left, WIDTH - AREA.right]);
  const [least, greatest] = extent(all.map(({ y }) => y));
  const logarithmic = least > 0 && greatest / least > 30;
  const yScale = scale(padded(least, greatest, logarithmic), [HEIGHT - AREA.bottom, AREA.top], logarithmic);
  const at = ({ x, y }: { x: number; y: number }) => `${round(xScale.place(x))},${round(yScale.place(y))}`;

  const yTicks = logarithmic ? logarithmicTicks(...yScale.domain) : linearTicks(...yScale.domain, 5);
  const xTicks = linearTicks(...xScale.domain, 5).filter(Number.isInteger);
  return html`<figure class="chart">
<figcaption>${title}${drawn.length > 1 ? legend(drawn) : ''}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title} by ${xLabel}">
${yTicks.map((tick) => {
  const y = round(yScale.place(tick));
  return html`<line class="grid" x1="${AREA.left}" x2="${WIDTH - AREA.right}" y1="${y}" y2="${y}"/><text class="tick" x="${AREA.left - 8}" y="${y}" dy="0.35em" text-anchor="end">${tickText(tick)}</text>`;
})}
${xTicks.map((tick) => html`<text class="tick" x="${round(xScale.place(tick))}" y="${HEIGHT - AREA.bottom + 17}" text-anchor="middle">${tickText(tick)}</text>`)}
<text class="tick" x="${WIDTH - AREA.right}" y="${HEIGHT - 3}" text-anchor="end">${xLabel}</text>
${mark && mark.x >= xScale.domain[0] && mark.x <= xScale.domain[1] ? markLine(mark, xScale.place(mark.x)) : ''}
${drawn.map(({ name, points }, index) => {
  const { line, band } = thinned(points);
  return html`<g class="series-${index + 1}">
${band.length > 0 && html`<polygon class="band" points="${band.map(at).join(' ')}"/>`}
<polyline class="line" points="${line.map(at).join(' ')}"/>
${points.length <= MOST_DOTS && points.map((point) => dot(name, point, at(point), xLabel))}
</g>`;
})}
</svg></figure>`;
}

function legend(series: readonly Series[]): Html {
  return html`<span class="legend">${series.map(({ name }, index) => html`<span class="series-${index + 1}"><i></i>${name}</span>`)}</span>`;
}

function markLine({ label }: { label: string }, x: number): Html {
  const nearTheEnd = x > WIDTH - 80;
  return html`<line class="mark" x1="${round(x)}" x2="${round(x)}" y1="${AREA.top}" y2="${HEIGHT - AREA.bottom}"/><text class="tick" x="${round(nearTheEnd ? x - 5 : x + 5)}" y="${AREA.top + 8}" text-anchor="${nearTheEnd ? 'end' : 'start'}">${label}</text>`;
}

function dot(name: string, { x, y }: { x: number; y: number }, at: string, xLabel: string): Html {
  const [cx, cy] = at.split(',');
  return html`<circle cx="${cx}" cy="${cy}" r="3"><title>${name}, ${xLabel} ${x}: ${formatNumber(y)}</title></circle>`;
}

interface Scale {
  domain: [number, number];
  place(value: number): number;
}

function scale(domain: [number, number], [from, to]: [number, number], logarithmic = false): Scale {
  const [first, last] = domain[0] === domain[1] ? [domain[0] - 0.5, domain[1] + 0.5] : domain;
  const measure = logarithmic ? Math.log : (value: number) => value;
  const span = measure(last) - measure(first);
  return {
    domain: [first, last],
    place: (value) => from + ((measure(value) - measure(first)) / span) * (to - from),
  };
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** A little room above and below; none below where the axis can begin at 0. */
function padded(least: number, greatest: number, logarithmic: boolean): [number, number] {
  if (logarithmic) return [least / 1.15, greatest * 1.15];
  const room = (greatest - least || Math.abs(greatest) || 1) * 0.06;
  return [least >= 0 && least < (greatest - least) * 0.6 ? 0 : least - room, greatest + room];
}

/** Few enough points to draw: means of neighbors, and around them the polygon of what they range over. */
function thinned(points: Series['points']): { line: Series['points']; band: Series['points'] } {
  if (points.length <= MOST_POINTS) return { line: points, band: [] };
  const size = points.length / MOST_POINTS;
  const groups = Array.from({ length: MOST_POINTS }, (_, index) =>
    points.slice(Math.floor(index * size), Math.floor((index + 1) * size)),
  );
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const summaries = groups.map((group) => {
    const x = mean(group.map((point) => point.x));
    const values = group.map(({ y }) => y);
    const [lowest, highest] = extent(values);
    return { middle: { x, y: mean(values) }, low: { x, y: lowest }, high: { x, y: highest } };
  });
  return {
    line: summaries.map(({ middle }) => middle),
    band: [...summaries.map(({ high }) => high), ...summaries.map(({ low }) => low).reverse()],
  };
}

function tickText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 10_000) return `${Number((value / 1000).toPrecision(6))}k`;
  if (magnitude > 0 && magnitude < 0.001) return value.toExponential().replace('-', '−');
  return String(value).replace('-', '−');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
