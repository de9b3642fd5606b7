import { createHash } from 'node:crypto';
import { markdownTable, type Table } from '../output/table.js';
import style from './page/style.css?raw';

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
export function htmlTable(table: Table): Html {
  const { columns, rows } = table;
  return scrolling(html`<table>
<thead><tr><td></td>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, cells }) =>
      html`<tr><th scope="row">${name}</th>${cells.map(({ text, note, isBest }) => html`<td${isBest && html` class="best"`}>${text}${note && html` <small>${note}</small>`}</td>`)}</tr>`,
  )}</tbody></table>`);
}

/** Content that may be wider than the page. */
export function scrolling(content: Html): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="table">${content}</div>`;
}

/** A button that copies a text; hidden until a script has made it work. */
export function copyButton(label: string, text: string): Html {
  return html`<button type="button" data-copy="${text}" hidden>${label}</button>`;
}

/** A table, and a button that copies it. */
export function copiedTable(table: Table): Html {
  return html`${htmlTable(table)}<p class="actions">${copyButton('Copy table as Markdown', markdownTable(table))}</p>`;
}

export interface PageParts {
  /** Besides the page's own style sheet. */
  style?: string;
  /** Modules, in their order. */
  scripts?: readonly string[];
  /** For `main`, by name without `data-`. */
  data?: Readonly<Record<string, string>>;
  /** Whether scripts may ask the page's own server. @default false */
  isServed?: boolean;
}

/** Says of a file that it is a page of this program. */
export const GENERATOR = '<meta name="generator" content="llm-mde">';

/** A page that needs nothing else: styles, pictures and scripts are inside. */
export function renderPage(
  title: string,
  notes: readonly string[],
  content: Html,
  { style: more = '', scripts = [], data = {}, isServed = false }: PageParts = {},
): string {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    "style-src 'unsafe-inline'",
    scripts.length > 0 && `script-src ${scripts.map((script) => `'sha256-${sha256(script)}'`).join(' ')}`,
    isServed && "connect-src 'self'",
  ].filter(Boolean);
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${new Html(GENERATOR)}
<meta http-equiv="Content-Security-Policy" content="${new Html(policy.join('; '))}">
<title>${title}</title><style>${new Html(more + style)}</style></head>
<body><header><h1>${title}</h1>${notes.map((note) => html`<p class="note">${note}</p>`)}</header>
<main${Object.entries(data).map(([name, value]) => html` data-${new Html(name)}="${value}"`)}>
${content}
</main>${scripts.map((script) => new Html(`<script type="module">${script}</script>`))}</body></html>`;
  return `<!doctype html>\n${page}\n`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
