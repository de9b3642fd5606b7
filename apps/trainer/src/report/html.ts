import { createHash } from 'node:crypto';
import type { Table } from '../output/table.js';

/** Markup that is safe to insert into a page; made by {@link html}. */
export class Html {
  constructor(readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Markup from a template. Inserted values are escaped unless they are markup; null, undefined and false become nothing. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(strings.reduce((markup, text, index) => markup + toMarkup(values[index - 1]) + text));
}

function toMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.markup;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(toMarkup).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table; `isBest` cells are highlighted. */
export function htmlTable({ columns, rows }: Table): Html {
  return html`<div class="scroll"><table>
<thead><tr><th></th>${columns.map((name) => html`<th>${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, cells }) =>
      html`<tr><th>${name}</th>${cells.map(({ text, note, isBest }) => html`<td${isBest && html` class="best"`}>${text}${note && html` <small>${note}</small>`}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/**
 * A page that needs nothing else: styles, pictures and scripts are inside.
 *
 * @param extras a style sheet and a script besides the page's own.
 */
export function renderPage(
  title: string,
  notes: readonly string[],
  content: Html,
  { style = '', script = '' }: { style?: string; script?: string } = {},
): string {
  const policy = script && `; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'${new Html(policy)}">
<title>${title}</title><style>${new Html(style + STYLE)}</style></head>
<body><header><h1>${title}</h1>${notes.map((note) => html`<p class="note">${note}</p>`)}</header>
<main>
${content}
</main>${script && new Html(`<script>${script}</script>`)}</body></html>`;
  return `<!doctype html>\n${page}\n`;
}

/** Light or dark as the reader's system is, from the width of a phone up, and for print. */
const STYLE = `
:root { color-scheme: light dark; --page: #fbfbf9; --card: #fff; --ink: #1d2026; --quiet: #646a76; --line: #e3e3de;
  --series-1: #2a6fdb; --series-2: #d9622b; --series-3: #1f9d74; --series-4: #9b51b6; --bar: #dfe4ea; --strong: #bcd3f7; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14161a; --card: #1c1f25; --ink: #e8e9ec; --quiet: #9aa1ad; --line: #31353d;
    --series-1: #6ea5ff; --series-2: #ff9a66; --series-3: #4fcf9f; --series-4: #cf8fe6; --bar: #333943; --strong: #274a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem clamp(0.9rem, 4vw, 2.5rem) 4rem; max-width: 82rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; -webkit-text-size-adjust: 100%; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.6rem 0 0.9rem; font-size: 1.2rem; }
p { margin: 0.4rem 0; max-width: 72ch; }
.note, figcaption span, .pictures span { color: var(--quiet); }
code, pre { font: 0.87em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: 0.5rem 0; padding: 0.9rem; overflow: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
summary { cursor: pointer; color: var(--quiet); padding: 0.35rem 0; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.45rem 0.75rem; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
thead tr:first-child > *, tbody:first-child tr:first-child > * { border-top: 0; }
thead th { font-weight: 500; color: var(--quiet); vertical-align: bottom; }
thead small { padding-left: 0.2em; }
th:first-child { text-align: left; font-weight: 500; }
.best { font-weight: 650; color: var(--series-1); }
.environment td { text-align: left; width: 100%; white-space: normal; overflow-wrap: anywhere; }
.environment th { color: var(--quiet); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.8rem; margin-bottom: 0.8rem; }
.figure { display: grid; padding: 0.8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.figure strong { font-size: 1.9rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.figure span { color: var(--quiet); font-size: 0.9rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 0.8rem; }
figure { margin: 0; padding: 0.8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.chart figcaption { font-weight: 500; }
.chart { min-width: 0; } .chart .uplot { width: 100%; font: inherit; }
.chart .u-legend { font-size: 0.87rem; text-align: left; margin: 0.2rem 0 0; color: var(--quiet); }
.chart .u-legend :is(th, td) { border: 0; padding: 0.1rem 0.15rem; font-weight: 400; text-align: left; }
.chart .u-legend .u-value { color: var(--ink); min-width: 3.2em; } .chart .u-legend .u-marker { height: 0.25em; width: 0.9em; }
.chart .u-series:first-child .u-marker { display: none; }
.chart :is(.u-cursor-x, .u-cursor-y) { border-color: var(--quiet); } .chart .u-select { background: color-mix(in srgb, var(--ink) 10%, transparent); }
.example { margin-bottom: 0.8rem; }
.example figcaption { display: flex; flex-wrap: wrap; gap: 0 0.8rem; align-items: baseline; margin-bottom: 0.6rem; }
.example figcaption span { margin-left: auto; font-variant-numeric: tabular-nums; }
.pictures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.8rem; }
.pictures img, .overlay { display: block; width: 100%; height: auto; border-radius: 4px; }
.pictures span { font-size: 0.87rem; }
.pictures.many { grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 45%), 1fr)); }
td small { color: var(--quiet); font-weight: 400; }
.color-bar { display: grid; grid-template-columns: 1fr 1fr 1fr; }
.color-bar i { grid-column: 1 / -1; height: 0.55rem; border-radius: 3px; }
.color-bar span { font-size: 0.8rem; font-variant-numeric: tabular-nums; }
.color-bar span:nth-of-type(2) { text-align: center; } .color-bar span:nth-of-type(3) { text-align: right; }
.prompt { white-space: pre-line; overflow-wrap: anywhere; }
.overlay rect { fill: #000; shape-rendering: crispEdges; } .definition { position: absolute; width: 0; height: 0; }
.pictures .words { display: block; color: var(--ink); overflow-wrap: anywhere; }
.words span { color: inherit; margin-right: 0.35em; }
.bar { background: linear-gradient(90deg, var(--bar) var(--share), transparent var(--share)); }
.scene-types .bar { border-left: 1px solid var(--line); } .scene-types .bar.strong { --bar: var(--strong); }
.scene-types thead th[colspan] { text-align: center; } .scene-types .small { font-size: 0.87rem; white-space: normal; }
.scene-types .bar { min-width: 7rem; width: 12%; }
@media (max-width: 46rem) { .pictures { grid-template-columns: 1fr 1fr; } .example figcaption span { margin-left: 0; width: 100%; } }
@media print { body { max-width: none; } figure, tr { break-inside: avoid; } }
`;
