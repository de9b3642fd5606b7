import type { Table } from '../output/table.js';
import { copiedTable, copyButton, type Html, html, scrolling } from './html.js';
import type { RunReport } from './report-data.js';

/** What the numbers of a model hold for. */
export function limitsSection(runs: readonly RunReport[]): Html {
  const known = runs.filter(({ limits }) => limits.length > 0);
  if (known.length === 0) return html``;
  if (runs.length === 1) return html`<section class="limits"><h2>Limits</h2>${list(runs[0]!.limits)}</section>`;
  return html`<section class="limits"><h2>Limits</h2><dl>${known.map(({ name, limits }) => html`<dt>${name}</dt><dd>${limits[0]}</dd>`)}</dl>
${list([...new Set(known.flatMap(({ limits: [, ...others] }) => others))])}</section>`;
}

function list(sentences: readonly string[]): Html {
  return html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

/** The settings in which runs differ. */
export function settingsSection(runs: readonly RunReport[]): Html {
  if (runs.length < 2) return html``;
  const { columns, rows } = differingSettings(runs);
  return html`<section><h2>Settings that differ</h2>${
    rows.length > 0
      ? copiedTable({ columns, rows })
      : html`<p class="note">None: all runs have the same configuration.</p>`
  }</section>`;
}

/** A row for each key of the configurations whose values are not all the same. */
function differingSettings(runs: readonly RunReport[]): Table {
  const settings = runs.map(({ configuration }) => new Map(settingsOf(configuration, '')));
  const keys = [...new Set(settings.flatMap((each) => [...each.keys()]))];
  const differing = keys.filter((key) => new Set(settings.map((each) => each.get(key))).size > 1);
  return {
    columns: runs.map(({ name }) => name),
    rows: differing.map((key) => ({
      name: key,
      cells: settings.map((each) => ({ text: shortened(each.get(key) ?? '–') })),
    })),
  };
}

/** Lists are one value. */
function settingsOf(value: unknown, key: string): [key: string, value: string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[key, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => settingsOf(inner, key === '' ? name : `${key}.${name}`));
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** The environment and the configuration of each run. */
export function runSection(runs: readonly RunReport[]): Html {
  if (runs.length === 1) return html`<section><h2>Run</h2>${runFacts(runs[0]!)}</section>`;
  return html`<section><h2>Runs</h2>${runs.map(
    (run) =>
      html`<details><summary>${run.name}</summary>${run.notes.map((note) => html`<p class="note">${note}</p>`)}${runFacts(run)}</details>`,
  )}</section>`;
}

function runFacts({ command, environment, configuration }: RunReport): Html {
  return html`${command !== undefined && html`<div class="command"><code>${command}</code>${copyButton('Copy command', command)}</div>`}
${
  Object.keys(environment).length > 0 &&
  scrolling(
    html`<table class="environment"><tbody>${Object.entries(environment).map(
      ([name, value]) =>
        html`<tr><th scope="row">${inWords(name)}</th><td>${value === null ? '–' : String(value)}</td></tr>`,
    )}</tbody></table>`,
  )
}
<details><summary>Configuration</summary><pre tabindex="0">${JSON.stringify(configuration, null, 2)}</pre></details>`;
}

/** `gitCommit` is git commit. */
function inWords(name: string): string {
  return name === 'memoryGigabytes' ? 'memory (GB)' : name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
