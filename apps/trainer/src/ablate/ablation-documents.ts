import { METRIC_LABELS } from '../evaluate/metrics-table.js';
import { plural } from '../output/sentences.js';
import { markdownTable, type Table, type TableCell } from '../output/table.js';
import { type Html, html, htmlTable, renderPage } from '../report/html.js';
import {
  COMPARED,
  type Compared,
  type Comparison,
  compare,
  type Difference,
  type Measured,
  verdict,
} from './compare-variants.js';
import { WHOLE } from './variants.js';

/** What was measured on one dataset. */
export interface AblationResults {
  /** Its name in titles. */
  dataset: string;
  rows: readonly AblationRow[];
}

interface AblationRow {
  name: string;
  label: string;
  measured: Measured;
}

/** The file formats: for people, for programs. */
export function ablationMarkdown(results: readonly AblationResults[], facts: readonly string[]): string {
  const parts = results.flatMap((each) => [`## ${each.dataset}`, conclusionOf(each), markdownTable(tableOf(each))]);
  return `${['# Ablation', facts.map((fact) => `- ${fact}`).join('\n'), NOTE, ...parts].join('\n\n')}\n`;
}

export function ablationPage(results: readonly AblationResults[], facts: readonly string[]): string {
  const notes = facts.map((fact) => fact.replaceAll('`', ''));
  return renderPage(
    'Ablation',
    [...notes, NOTE],
    html`${results.map(
      (each) => html`<section><h2>${each.dataset}</h2><p>${conclusionOf(each)}</p>
${chartOf(each)}
${htmlTable(tableOf(each))}
</section>`,
    )}`,
  );
}

const NOTE =
  'Mean ± standard deviation over seeds. Differences are variant minus whole model, of runs with the same seed, with 95 % intervals (Student’s t over seeds).';

function tableOf({ rows }: AblationResults): Table {
  const whole = wholeOf(rows);
  return {
    columns: ['seeds', ...COMPARED.flatMap((metric) => [METRIC_LABELS[metric], 'difference'])],
    rows: rows.map(({ name, label, measured }) => ({
      name: label,
      cells: [
        { text: String(measured.seeds.length) },
        ...COMPARED.flatMap((metric) => {
          const comparison = compare(measured, name === WHOLE ? undefined : whole, metric);
          return [valueCell(comparison), { text: differenceText(comparison.difference) }];
        }),
      ],
    })),
  };
}

function valueCell({ mean, spread }: Comparison): TableCell {
  return { text: mean.toFixed(3), note: Number.isNaN(spread) ? '' : `± ${spread.toFixed(3)}` };
}

function differenceText(difference: Difference | undefined): string {
  if (!difference) return '';
  const { mean, interval } = difference;
  return interval ? `${signed(mean)} (${signed(interval[0])} to ${signed(interval[1])})` : signed(mean);
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  return `${value < 0 && Number(text) > 0 ? '−' : '+'}${text}`;
}

/**
 * What the numbers say, by a rule: a variant is better or worse only where the interval of its difference does not hold 0.
 */
export function conclusionOf({ rows }: AblationResults, metric: Compared = 'absRel'): string {
  const whole = wholeOf(rows);
  if (!whole) return 'The whole model was not measured, so nothing is compared.';
  const verdicts = { better: [] as string[], worse: [] as string[], open: [] as string[] };
  for (const { name, label, measured } of rows) {
    const { difference } = compare(measured, name === WHOLE ? undefined : whole, metric);
    if (difference) verdicts[verdict(difference, metric)].push(`${label} (${differenceText(difference)})`);
  }
  const value = METRIC_LABELS[metric];
  const seeds = plural(whole.seeds.length, 'seed');
  const parts = [
    verdicts.worse.length > 0 && `worse than the whole model: ${verdicts.worse.join(', ')}`,
    verdicts.better.length > 0 && `better than the whole model: ${verdicts.better.join(', ')}`,
    verdicts.open.length > 0 && `no difference that can be told: ${verdicts.open.join(', ')}`,
  ].filter(Boolean);
  return `By ${value} over ${seeds}, ${parts.join('; ')}.`;
}

function wholeOf(rows: readonly AblationRow[]): Measured | undefined {
  return rows.find(({ name }) => name === WHOLE)?.measured;
}

const WIDTH = 640;
const ROW = 26;
const LABELS = 250;

/** Differences of AbsRel with their intervals, beside 0. */
function chartOf({ rows }: AblationResults): Html | undefined {
  const whole = wholeOf(rows);
  const drawn = rows.flatMap(({ name, label, measured }) => {
    const { difference } = compare(measured, name === WHOLE ? undefined : whole, 'absRel');
    return difference
      ? [{ label, difference, range: difference.interval ?? ([difference.mean, difference.mean] as const) }]
      : [];
  });
  if (drawn.length === 0) return undefined;
  const low = Math.min(0, ...drawn.map(({ range }) => range[0]));
  const high = Math.max(0, ...drawn.map(({ range }) => range[1]));
  const x = (value: number) => LABELS + 10 + ((value - low) / (high - low || 1)) * (WIDTH - LABELS - 20);
  const height = drawn.length * ROW + 10;
  return html`<figure class="chart"><figcaption>Difference of AbsRel from the whole model; left of the line is better</figcaption>
<svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label="Differences of AbsRel with 95 % intervals">
<line x1="${x(0)}" x2="${x(0)}" y1="0" y2="${height}" stroke="currentColor" stroke-dasharray="3 3"/>
${drawn.map(({ label, difference, range }, row) => {
  const y = row * ROW + ROW / 2 + 5;
  return html`<text x="${LABELS}" y="${y + 4}" text-anchor="end" fill="currentColor" font-size="13">${label}</text>
<line x1="${x(range[0])}" x2="${x(range[1])}" y1="${y}" y2="${y}" stroke="currentColor" stroke-width="2"/>
<circle cx="${x(difference.mean)}" cy="${y}" r="4" fill="currentColor"/>`;
})}
</svg></figure>`;
}
