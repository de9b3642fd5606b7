import type { MetricName } from '@llm-mde/metrics';
import { METRIC_LABELS } from '../report/numbers.js';
import type { Figure, OrderAgreement, SummarizedRow, SummarizedTable } from './summarize-table.js';

export const METRIC_COLUMNS: readonly MetricName[] = [
  'absRel',
  'rmse',
  'sqRel',
  'rmseLog',
  'delta1',
  'delta2',
  'delta3',
];
/** In the paper's order. */
export const MIN_MAX_COLUMNS: readonly MetricName[] = [
  'rmse',
  'absRel',
  'sqRel',
  'rmseLog',
  'delta1',
  'delta2',
  'delta3',
];

export interface TableFacts {
  /** How it was made, one line each: command, device, data, seeds. */
  facts: readonly string[];
  /** Runs that are not done yet. */
  missing: number;
}

/** A table as Markdown: in metres first, then the paper's variant beside the paper's figures. */
export function tableMarkdown(table: SummarizedTable, { facts, missing }: TableFacts): string {
  return `${[
    `# Table ${toRoman(table.number)}. ${table.title}`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    missing > 0 ? `**${missing} ${missing === 1 ? 'run is' : 'runs are'} not done yet.**` : '',
    '## In metres (crop, range and means as in the literature on NYU Depth v2)',
    markdownTable(table.rows, METRIC_COLUMNS, (row, name) => figureText(row.metric[name]), labelOf),
    "## The paper's variant (each image stretched to its own minimum and maximum; no unit)",
    'In brackets what the paper prints, on NYU Depth v2 with pretrained base towers.',
    markdownTable(
      table.rows.filter(({ minMax }) => minMax),
      MIN_MAX_COLUMNS,
      (row, name) => withPaper(figureText(row.minMax![name]), row.paper?.[name]),
      (name) => labelOf(name, ''),
    ),
    orderText(table.order),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** Whether the rows come out in the paper's order, in a sentence for each way of measuring. */
export function orderText(order: readonly OrderAgreement[]): string {
  return order
    .map(({ metric, kind, pairs, agree, clear, contradict }) => {
      const how = kind === 'metric' ? `${METRIC_LABELS[metric]}` : `the min-max variant's ${metric.toUpperCase()}`;
      return `By ${how}, ${agree} of ${pairs} pairs of rows are in the paper's order, ${clear} of them further apart than their spreads together; ${contradict} ${contradict === 1 ? 'is' : 'are'} as clearly in the other order.`;
    })
    .join('\n');
}

export function figureText({ mean, spread }: Figure): string {
  if (!Number.isFinite(mean)) return '–';
  const digits = mean >= 100 ? 0 : mean >= 10 ? 2 : 3;
  return Number.isNaN(spread) ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${spread.toFixed(digits)}`;
}

function withPaper(text: string, paper: number | undefined): string {
  return paper === undefined ? text : `${text} (${paper})`;
}

/** @param unit That of metres; empty for figures that have none. */
export function labelOf(name: MetricName, unit = ' (m)'): string {
  return METRIC_LABELS[name].replace(' (m)', unit);
}

export function toRoman(number: number): string {
  return ['I', 'II', 'III', 'IV', 'V'][number - 1]!;
}

function markdownTable(
  rows: readonly SummarizedRow[],
  columns: readonly MetricName[],
  cell: (row: SummarizedRow, name: MetricName) => string,
  label: (name: MetricName) => string,
): string {
  return [
    ['', ...columns.map(label)],
    ['---', ...columns.map(() => '---:')],
    ...rows.map((row) => [row.label, ...columns.map((name) => cell(row, name))]),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
