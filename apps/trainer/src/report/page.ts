import { Html, html } from './html.js';
import { STYLE } from './style.js';

/** A page that needs nothing else: no scripts, styles and pictures inside. */
export function renderPage(title: string, notes: readonly string[], content: Html): string {
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title><style>${new Html(STYLE)}</style></head>
<body><header><h1>${title}</h1>${notes.map((note) => html`<p class="note">${note}</p>`)}</header>
<main>
${content}
</main></body></html>`;
  return `<!doctype html>\n${page}\n`;
}
