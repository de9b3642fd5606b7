import { replaceFile } from '@llm-mde/checkpoints';
import { chartScripts, chartStyle } from './charts.js';
import { errorSection } from './error-section.js';
import { exampleSection } from './example-sections.js';
import { type Html, html, renderPage } from './html.js';
import copyTexts from './page/copy.js?raw';
import followRun from './page/live.js?raw';
import showSpace from './page/space.js?raw';
import type { RunReport } from './report-data.js';
import { resultSection, sceneTypeSection } from './result-sections.js';
import { limitsSection, runSection, settingsSection } from './run-sections.js';
import { spaceSection } from './space-section.js';
import { runsOnAxes, trainingSection } from './training-section.js';
import { wordsSection } from './words-section.js';

/** Of a page that is served while its run is being trained. */
export interface LiveState {
  /** How many bytes of `metrics.jsonl` the page shows. */
  bytes: number;
  /** Its number, by which the server knows it. */
  page: number;
  /** Seconds of training so far. */
  seconds: number;
  /** What is going on, in a sentence. */
  text: string;
}

/** Writes a report of one or several runs as one HTML file that needs nothing else: scripts, styles and pictures are inside. */
export async function writeReport(path: string, runs: readonly RunReport[]): Promise<void> {
  await replaceFile(path, renderReport(runs));
}

/** The HTML of a report: of one run, or of several beside each other. */
export function renderReport(runs: readonly RunReport[], live?: LiveState): string {
  const [first] = runs;
  const title = runs.length === 1 ? first!.name : `Comparison of ${runs.length} runs`;
  return renderPage(
    title,
    runs.length === 1 && !live ? first!.notes : [],
    html`${live && liveStatus(live)}${resultSection(runs)}
${limitsSection(runs)}
${settingsSection(runs)}
${trainingSection(runs, live !== undefined)}
${errorSection(runs)}
${exampleSection(runs)}
${spaceSection(runs)}
${sceneTypeSection(runs)}
${wordsSection(runs)}
${runSection(runs)}`,
    {
      style: chartStyle(),
      scripts: [...chartScripts(), showSpace, copyTexts, ...(live ? [followRun] : [])],
      data: { runs: runsOnAxes(runs) },
      isServed: live !== undefined,
    },
  );
}

function liveStatus({ bytes, page, seconds, text }: LiveState): Html {
  return html`<p class="live" role="status" data-live="${bytes}" data-page="${page}" data-seconds="${seconds}">${text}</p>`;
}
