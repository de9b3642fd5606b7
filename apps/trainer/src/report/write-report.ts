import { replaceFile } from '@llm-mde/checkpoints';
import { exampleSection } from './example-section.js';
import { Html, html } from './html.js';
import { learningSection } from './learning-section.js';
import type { ReportData } from './report-data.js';
import { resultSection } from './result-section.js';
import { runSection } from './run-section.js';
import { sceneTypeSection } from './scene-type-section.js';
import { STYLE } from './style.js';
import { wordsSection } from './words-section.js';

/**
 * Writes a report as one file that needs nothing else: no scripts, and every picture inside.
 *
 * @param path of the HTML file; it is written under a temporary name and renamed.
 */
export async function writeReport(path: string, data: ReportData): Promise<void> {
  await replaceFile(path, renderReport(data));
}

/** The report's HTML. */
export function renderReport(data: ReportData): string {
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${data.title}</title><style>${new Html(STYLE)}</style></head>
<body><header><h1>${data.title}</h1>${(data.notes ?? []).map((note) => html`<p class="note">${note}</p>`)}</header>
<main>
${resultSection(data.evaluations)}
${learningSection(data)}
${exampleSection(data.examples)}
${sceneTypeSection(data.evaluations)}
${wordsSection(data.words, data.examples)}
${runSection(data)}
</main></body></html>`;
  return `<!doctype html>\n${page}\n`;
}
