import { colorizeDepth } from '@llm-mde/depth-maps';
import type { MetricName } from '@llm-mde/metrics';
import type { Frame } from '@llm-mde/rgbd';
import { METRIC_LABELS, type MetricsRow, metricsTable } from '../evaluate/metrics-table.js';
import type { Figure } from '../evaluate/spread.js';
import { markdownTable, type Table, type TableCell } from '../output/table.js';
import { type Html, html, htmlTable, renderPage } from '../report/html.js';
import { colorBar, depthRange, pictureOf, shrinkImage, shrinkMap, strideFor } from '../report/pictures.js';
import type { OrderAgreement, SummarizedTable } from './summarize-table.js';

export interface TableFacts {
  /** How it was made, one line each: command, device, data, seeds. */
  facts: readonly string[];
  /** Number of runs that are not finished. */
  missing: number;
}

/** A test frame with the predictions of a table's rows. */
export interface ComparedFrame {
  frame: Frame;
  /** Metres, by label of the row. */
  predictions: ReadonlyMap<string, Float32Array>;
}

/** A table as Markdown: in metres first, then min-max normalized, with the paper's values. */
export function tableMarkdown(table: SummarizedTable, { facts, missing }: TableFacts): string {
  return `${[
    `# ${titleOf(table)}`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    missing > 0 ? `**${missingText(missing)}**` : '',
    '## In metres (crop, range and means as in the literature on NYU Depth v2)',
    markdownTable(metricTable(table)),
    `## ${MIN_MAX_TITLE}`,
    `${PAPER_NOTE}.`,
    markdownTable(minMaxTable(table)),
    table.order.map(orderText).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** A table as a page with pictures. */
export function tablePage(
  table: SummarizedTable,
  { facts, missing }: TableFacts,
  frames: readonly ComparedFrame[],
): string {
  const notes = [...facts.map((fact) => fact.replaceAll('`', '')), ...(missing > 0 ? [missingText(missing)] : [])];
  return renderPage(
    titleOf(table),
    notes,
    html`<section><h2>In metres</h2>
<p class="note">Crop, depth range and means over images as in the literature on NYU Depth v2; mean ± standard deviation over seeds.</p>
${htmlTable(metricTable(table))}
</section>
<section><h2>${MIN_MAX_TITLE}</h2>
<p class="note">${PAPER_NOTE}.</p>
${htmlTable(minMaxTable(table))}
${table.order.map((order) => html`<p>${orderText(order)}</p>`)}
</section>
${frames.length > 0 && html`<section><h2>Test frames</h2><p class="note">The model of each row's first seed. Near is warm, far is cold; gray has no ground truth.</p>${frames.map(comparison)}</section>`}`,
  );
}

const MIN_MAX_TITLE = "The paper's variant (each image min-max normalized; no unit)";
const PAPER_NOTE = 'In parentheses the values of the paper, on NYU Depth v2 with pretrained base-size towers';

/** In the order of NYU's literature, and in the paper's. */
const METRIC_COLUMNS: readonly MetricName[] = ['absRel', 'rmse', 'sqRel', 'rmseLog', 'delta1', 'delta2', 'delta3'];
const MIN_MAX_COLUMNS: readonly MetricName[] = ['rmse', 'absRel', 'sqRel', 'rmseLog', 'delta1', 'delta2', 'delta3'];

function metricTable({ rows }: SummarizedTable): Table {
  const named = rows.map(({ label, metric }): MetricsRow<Figure> => ({ name: label, values: metric }));
  return metricsTable(named, { columns: METRIC_COLUMNS, format: figureCell, compare: ({ mean }) => mean });
}

function minMaxTable({ rows }: SummarizedTable): Table {
  const measured = rows.filter(({ minMax }) => minMax);
  const named = measured.map(({ label, minMax }): MetricsRow<Figure> => ({ name: label, values: minMax! }));
  return metricsTable(named, {
    columns: MIN_MAX_COLUMNS,
    format(figure, metric, row) {
      const { text, note } = figureCell(figure);
      const paper = measured[row]!.paper?.[metric];
      return { text, note: [note, paper !== undefined && `(${paper})`].filter(Boolean).join(' ') };
    },
    compare: ({ mean }) => mean,
    inMetres: false,
  });
}

function figureCell({ mean, spread }: Figure): TableCell {
  if (!Number.isFinite(mean)) return { text: '–' };
  const digits = mean >= 100 ? 0 : mean >= 10 ? 2 : 3;
  return { text: mean.toFixed(digits), note: Number.isNaN(spread) ? '' : `± ${spread.toFixed(digits)}` };
}

function titleOf({ number, title }: SummarizedTable): string {
  return `Table ${['I', 'II', 'III', 'IV', 'V'][number - 1]}. ${title}`;
}

function missingText(missing: number): string {
  return `${missing} ${missing === 1 ? 'run is' : 'runs are'} not finished yet.`;
}

/** Whether the rows are in the paper's order. */
function orderText({ metric, kind, pairs, agree, clear, contradict }: OrderAgreement): string {
  const how = kind === 'metric' ? METRIC_LABELS[metric] : `min-max normalized ${metric.toUpperCase()}`;
  return `By ${how}, ${agree} of ${pairs} pairs of rows are in the paper's order, ${clear} of them further apart than the sum of their standard deviations; ${contradict} ${contradict === 1 ? 'is' : 'are'} as clearly in the other order.`;
}

/** The image, its ground truth and all predictions, in the same colors. */
function comparison({ frame, predictions }: ComparedFrame): Html {
  const { id, sceneType, image, depth, valid } = frame;
  const stride = strideFor(image.width);
  const photograph = shrinkImage(image, stride);
  const [minDepth, maxDepth] = depthRange(depth, valid);
  const size = { width: photograph.width, height: photograph.height };
  const depthPicture = (what: string, map: Float32Array) =>
    pictureOf(id, what, colorizeDepth(shrinkMap(map, image, stride), { ...size, minDepth, maxDepth }), size);
  const truth = depth.map((value, pixel) => (valid[pixel] ? value : 0));
  return html`<figure class="example"><figcaption><b>${sceneType.replaceAll('_', ' ')}</b> <code>${id}</code></figcaption>
<div class="pictures many">
${pictureOf(id, 'image', photograph.data, size)}
${depthPicture('ground truth', truth)}
${[...predictions].map(([label, prediction]) => depthPicture(label, prediction))}
</div>
${colorBar('turbo', [minDepth, maxDepth], true)}</figure>`;
}
