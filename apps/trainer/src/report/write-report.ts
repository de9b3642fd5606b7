import { replaceFile } from '@llm-mde/checkpoints';
import { exampleSection } from './example-section.js';
import { html } from './html.js';
import { learningSection } from './learning-section.js';
import { renderPage } from './page.js';
import type { ReportData } from './report-data.js';
import { resultSection } from './result-section.js';
import { runSection } from './run-section.js';
import { sceneTypeSection } from './scene-type-section.js';
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
  return renderPage(
    data.title,
    data.notes ?? [],
    html`${resultSection(data.evaluations)}
${learningSection(data)}
${exampleSection(data.examples)}
${sceneTypeSection(data.evaluations)}
${wordsSection(data.words, data.examples)}
${runSection(data)}`,
  );
}
