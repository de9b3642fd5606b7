import { colorizeDepth } from '@llm-mde/depth-maps';
import type { MetricName } from '@llm-mde/metrics';
import type { Frame } from '@llm-mde/rgbd';
import { depthRange } from '../report/example-section.js';
import { type Html, html } from '../report/html.js';
import { largerIsBetter } from '../report/numbers.js';
import { renderPage } from '../report/page.js';
import { colorBar, pictureAddress, shrinkImage, shrinkMap, strideFor } from '../report/pictures.js';
import type { Figure, SummarizedRow, SummarizedTable } from './summarize-table.js';
import {
  figureText,
  labelOf,
  METRIC_COLUMNS,
  MIN_MAX_COLUMNS,
  orderText,
  type TableFacts,
  toRoman,
} from './table-text.js';

/** A test frame as the models of a table's rows see it. */
export interface ComparedFrame {
  frame: Frame;
  /** Metres, by label of the row. */
  predictions: ReadonlyMap<string, Float32Array>;
}

/** A table as a page with pictures. */
export function tablePage(
  table: SummarizedTable,
  { facts, missing }: TableFacts,
  frames: readonly ComparedFrame[],
): string {
  const notes = [
    ...facts.map((fact) => fact.replaceAll('`', '')),
    ...(missing > 0 ? [`${missing} of the runs are not done yet.`] : []),
  ];
  const stretched = table.rows.filter(({ minMax }) => minMax);
  return renderPage(
    `Table ${toRoman(table.number)}. ${table.title}`,
    notes,
    html`<section><h2>In metres</h2>
<p class="note">Crop, range of depth and means over images as in the literature on NYU Depth v2; mean ± standard deviation over seeds.</p>
${figureTable(table.rows, METRIC_COLUMNS, ({ metric }, name) => metric[name], labelOf)}
</section>
<section><h2>The paper's variant</h2>
<p class="note">Each image stretched to its own minimum and maximum; no unit. In brackets what the paper prints, on NYU Depth v2 with pretrained base towers.</p>
${figureTable(
  stretched,
  MIN_MAX_COLUMNS,
  ({ minMax }, name) => minMax![name],
  (name) => labelOf(name, ''),
)}
${orderText(table.order)
  .split('\n')
  .map((line) => html`<p>${line}</p>`)}
</section>
${frames.length > 0 && html`<section><h2>Test frames</h2><p class="note">Each row's model of the first seed. Near is warm, far is cold; gray has no ground truth.</p>${frames.map(comparison)}</section>`}`,
  );
}

function figureTable(
  rows: readonly SummarizedRow[],
  columns: readonly MetricName[],
  figureIn: (row: SummarizedRow, name: MetricName) => Figure,
  label: (name: MetricName) => string,
): Html {
  const best = new Map(
    columns.map((name) => {
      const means = rows.map((row) => figureIn(row, name).mean).filter(Number.isFinite);
      return [name, largerIsBetter(name) ? Math.max(...means) : Math.min(...means)] as const;
    }),
  );
  const cell = (row: SummarizedRow, name: MetricName) => {
    const figure = figureIn(row, name);
    const [mean, spread] = figureText(figure).split(' ± ');
    const isPaper = columns === MIN_MAX_COLUMNS && row.paper?.[name] !== undefined;
    return html`<td${figure.mean === best.get(name) ? html` class="best"` : ''}>${mean}${spread && html` <span class="spread">± ${spread}</span>`}${isPaper && html` <span class="paper">(${row.paper![name]})</span>`}</td>`;
  };
  return html`<div class="scroll"><table>
<thead><tr><th></th>${columns.map((name) => html`<th>${label(name)}<small>${largerIsBetter(name) ? '↑' : '↓'}</small></th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr><th>${row.label}</th>${columns.map((name) => cell(row, name))}</tr>`)}</tbody></table></div>`;
}

/** The image, its truth and all predictions, in the same colors. */
function comparison({ frame, predictions }: ComparedFrame): Html {
  const { id, sceneType, image, depth, valid } = frame;
  const stride = strideFor(image.width);
  const photograph = shrinkImage(image, stride);
  const [minDepth, maxDepth] = depthRange(depth, valid);
  const size = { width: photograph.width, height: photograph.height };
  const picture = (what: string, rgb: Uint8Array) =>
    html`<div><img src="${pictureAddress(rgb, size)}" width="${size.width}" height="${size.height}" alt="${what} of ${id}" loading="lazy"><span>${what}</span></div>`;
  const depthPicture = (what: string, map: Float32Array) =>
    picture(what, colorizeDepth(shrinkMap(map, image, stride), { ...size, minDepth, maxDepth }));
  return html`<figure class="example"><figcaption><b>${sceneType.replaceAll('_', ' ')}</b> <code>${id}</code></figcaption>
<div class="pictures many">
${picture('image', photograph.data)}
${depthPicture(
  'truth',
  depth.map((value, pixel) => (valid[pixel] ? value : 0)),
)}
${[...predictions].map(([label, prediction]) => depthPicture(label, prediction))}
</div>
${colorBar('turbo', [minDepth, maxDepth], true)}</figure>`;
}
