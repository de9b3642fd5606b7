import { replaceFile } from '@llm-mde/checkpoints';
import { chartScript, chartStyle } from './charts.js';
import { exampleSection, wordsSection } from './example-sections.js';
import { html, renderPage } from './html.js';
import type { ReportData } from './report-data.js';
import { resultSection, runSection, sceneTypeSection, trainingSection } from './sections.js';

/** Writes a report as one HTML file that needs nothing else: scripts, styles and pictures are inside. */
export async function writeReport(path: string, data: ReportData): Promise<void> {
  await replaceFile(path, renderReport(data));
}

/** The HTML of a report. */
export function renderReport(data: ReportData): string {
  const charts = data.history.length > 0 ? { style: chartStyle(), script: chartScript() } : {};
  return renderPage(
    data.title,
    data.notes ?? [],
    html`${resultSection(data.evaluations)}
${trainingSection(data)}
${exampleSection(data.examples)}
${sceneTypeSection(data.evaluations)}
${wordsSection(data.examples)}
${runSection(data)}`,
    charts,
  );
}
