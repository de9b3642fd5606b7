import { type Html, html } from './html.js';
import type { ReportData } from './report-data.js';

/** Where and with what it ran. */
export function runSection({ environment, configuration }: ReportData): Html {
  return html`<section><h2>Run</h2>
<div class="scroll"><table class="environment"><tbody>${Object.entries(environment).map(
    ([name, value]) => html`<tr><th>${name}</th><td>${value === null ? '–' : String(value)}</td></tr>`,
  )}</tbody></table></div>
<details><summary>Configuration</summary><pre>${JSON.stringify(configuration, null, 2)}</pre></details></section>`;
}
