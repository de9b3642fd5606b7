import { type DepthMetricsSummary, METRIC_NAMES, type MetricName } from '@llm-mde/metrics';
import { isLargerBetter } from '../evaluate/metrics-table.js';
import type { RunResults } from '../evaluate/results.js';
import { type Figure, figureOf } from '../evaluate/spread.js';
import type { PaperFigures, PaperRow, PaperTable, RunName, TableNumber } from './paper-tables.js';

type Figures = Record<MetricName, Figure>;

interface SummarizedRow {
  label: string;
  run: RunName | 'baseline';
  seeds: number;
  metric: Figures;
  /** Absent for a row about one scene type, and where no run is done. */
  minMax?: Figures;
  paper?: PaperFigures;
}

/** How the order of a table's rows agrees with the paper's. */
export interface OrderAgreement {
  metric: MetricName;
  kind: 'metric' | 'min-max';
  /** Pairs of rows that the paper tells apart. */
  pairs: number;
  /** Pairs in the paper's order here. */
  agree: number;
  /** Of those, pairs that lie further apart than their spreads together. */
  clear: number;
  /** Pairs clearly in the other order. */
  contradict: number;
}

export interface SummarizedTable {
  number: TableNumber;
  title: string;
  rows: SummarizedRow[];
  order: OrderAgreement[];
}

/** A table as it came out here, from the results of its runs by name; rows whose runs are not done are left out. */
export function summarizeTable(
  { number, title, rows }: PaperTable,
  results: ReadonlyMap<RunName, readonly RunResults[]>,
): SummarizedTable {
  const done = rows.filter(({ run }) => (results.get(run)?.length ?? 0) > 0);
  const summarized = done.map((row) => summarizeRow(row, results.get(row.run)!));
  // Tested on the frames of all rows; its mean is that of the first row's training frames.
  const first = done[0] && results.get(done[0].run)!;
  const baseline = first && baselineRow(first);
  return { number, title, rows: [...summarized, ...(baseline ? [baseline] : [])], order: compareOrder(summarized) };
}

function summarizeRow({ label, run, sceneType, paper }: PaperRow, runs: readonly RunResults[]): SummarizedRow {
  const metric = runs.map(({ model }) => (sceneType === undefined ? model.metrics : model.perSceneType[sceneType]!));
  return {
    label,
    run,
    seeds: runs.length,
    metric: figuresOf(metric),
    ...(sceneType === undefined && { minMax: figuresOf(runs.map(({ model }) => model.minMax)) }),
    ...(paper && { paper }),
  };
}

function baselineRow(runs: readonly RunResults[]): SummarizedRow {
  return {
    label: 'mean depth at each pixel',
    run: 'baseline',
    seeds: runs.length,
    metric: figuresOf(runs.map(({ meanPerPixel }) => meanPerPixel.metrics)),
    minMax: figuresOf(runs.map(({ meanPerPixel }) => meanPerPixel.minMax)),
  };
}

function figuresOf(summaries: readonly DepthMetricsSummary[]): Figures {
  return Object.fromEntries(
    METRIC_NAMES.map((name) => [name, figureOf(summaries.map((summary) => summary[name]))]),
  ) as Figures;
}

/** By AbsRel in metres and by the paper's own variant's RMSE, which its tables name first. */
function compareOrder(rows: readonly SummarizedRow[]): OrderAgreement[] {
  const ranked = rows.filter(({ paper }) => paper);
  if (ranked.length < 2) return [];
  return [
    compare(ranked, 'absRel', 'metric', ({ metric }) => metric.absRel),
    compare(ranked, 'rmse', 'min-max', ({ minMax }) => minMax!.rmse),
  ];
}

function compare(
  rows: readonly SummarizedRow[],
  metric: MetricName,
  kind: OrderAgreement['kind'],
  figureIn: (row: SummarizedRow) => Figure,
): OrderAgreement {
  const agreement: OrderAgreement = { metric, kind, pairs: 0, agree: 0, clear: 0, contradict: 0 };
  const sign = isLargerBetter(metric) ? -1 : 1;
  rows.forEach((one, index) => {
    for (const other of rows.slice(index + 1)) {
      const inPaper = sign * (one.paper![metric]! - other.paper![metric]!);
      if (inPaper === 0) continue;
      const [a, b] = [figureIn(one), figureIn(other)];
      const here = sign * (a.mean - b.mean);
      const isClear = Math.abs(here) > a.spread + b.spread;
      agreement.pairs++;
      if (here * inPaper > 0) {
        agreement.agree++;
        if (isClear) agreement.clear++;
      } else if (isClear) agreement.contradict++;
    }
  });
  return agreement;
}
