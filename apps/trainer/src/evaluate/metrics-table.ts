import { type DepthMetricsSummary, METRIC_NAMES, type MetricName } from '@llm-mde/metrics';
import type { Table, TableCell } from '../output/table.js';

/** Metrics as papers call them. */
export const METRIC_LABELS: Record<MetricName, string> = {
  rmse: 'RMSE (m)',
  absRel: 'AbsRel',
  sqRel: 'SqRel (m)',
  rmseLog: 'RMSE log',
  log10: 'log10',
  siLog: 'SILog',
  delta1: 'δ1',
  delta2: 'δ2',
  delta3: 'δ3',
};

/** All metrics, AbsRel first. */
export const METRIC_COLUMNS: readonly MetricName[] = ['absRel', ...METRIC_NAMES.filter((name) => name !== 'absRel')];

/** A row of a table of metrics, before its numbers become text. */
export interface MetricsRow<Value> {
  name: string;
  values: Readonly<Record<MetricName, Value>>;
  /** After the metrics: over how many images they are means. */
  images?: number;
}

export interface MetricsTableOptions<Value> {
  columns: readonly MetricName[];
  format: (value: Value, metric: MetricName, row: number) => TableCell;
  /** The number by which cells of a column are compared. @default the value itself */
  compare?: (value: Value) => number;
  /** Whether the numbers are in metres, rather than min-max normalized. @default true */
  inMetres?: boolean;
}

/** Metrics as a table in which the best value of each column is marked. */
export function metricsTable<Value = number>(
  rows: readonly MetricsRow<Value>[],
  { columns, format, compare = Number, inMetres = true }: MetricsTableOptions<Value>,
): Table {
  const best = (metric: MetricName) => {
    const values = rows.map(({ values }) => compare(values[metric])).filter(Number.isFinite);
    return isLargerBetter(metric) ? Math.max(...values) : Math.min(...values);
  };
  const hasImages = rows.some(({ images }) => images !== undefined);
  return {
    columns: [
      ...columns.map((metric) => METRIC_LABELS[metric].replace(inMetres ? '' : ' (m)', '')),
      ...(hasImages ? ['images'] : []),
    ],
    rows: rows.map(({ name, values, images }, row) => ({
      name,
      cells: [
        ...columns.map((metric) => ({
          ...format(values[metric], metric, row),
          isBest: rows.length > 1 && compare(values[metric]) === best(metric),
        })),
        ...(hasImages ? [{ text: String(images ?? '') }] : []),
      ],
    })),
  };
}

export function isLargerBetter(name: MetricName): boolean {
  return name.startsWith('delta');
}

/** Four decimals, two for SILog, which is a hundred times as large. */
export function fixedCell(value: number, metric: MetricName): TableCell {
  return { text: Number.isFinite(value) ? value.toFixed(metric === 'siLog' ? 2 : 4) : formatNumber(value) };
}

/** Three decimals, or as many digits as it takes; a dash where there is no number. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const magnitude = Math.abs(value);
  const text =
    magnitude !== 0 && magnitude < 0.001
      ? value.toExponential(1)
      : value.toFixed(magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3);
  return text.replaceAll('-', '−');
}

/** A row of a summary, with its number of images. */
export function summaryRow(name: string, summary: DepthMetricsSummary): MetricsRow<number> {
  return { name, values: summary, images: summary.images };
}
