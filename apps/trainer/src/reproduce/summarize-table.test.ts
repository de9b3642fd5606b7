import { METRIC_NAMES } from '@llm-mde/metrics';
import { describe, expect, it } from 'vitest';
import type { RunResults } from '../evaluate/results.js';
import { PAPER_TABLES, type RunName } from './paper-tables.js';
import { summarizeTable } from './summarize-table.js';
import { tableMarkdown } from './table-documents.js';

const prompts = PAPER_TABLES[2]!;

describe('summarizeTable', () => {
  it('gives mean and spread over seeds, and leaves out rows that are not done', () => {
    const { rows } = summarizeTable(prompts, new Map([['scheme-3', [results(0.1), results(0.3)]]]));
    expect(rows.map(({ label }) => label)).toEqual(['LLM-MDE-A', 'mean depth at each pixel']);
    expect(rows[0]!.metric.absRel.mean).toBeCloseTo(0.2);
    expect(rows[0]!.metric.absRel.spread).toBeCloseTo(Math.SQRT2 / 10);
    expect(rows[0]!.paper!.absRel).toBe(0.448);
  });

  it("counts the pairs in the paper's order, and those further apart than their spreads", () => {
    const runs = new Map<RunName, RunResults[]>([
      ['scheme-3', [results(0.2), results(0.21)]],
      // Better than A, though worse in the paper, but by less than the spread.
      ['fixed-prompt', [results(0.19), results(0.21)]],
      ['no-prompt', [results(0.4), results(0.41)]],
    ]);
    const table = summarizeTable(prompts, runs);
    expect(table.order[0]).toEqual({ metric: 'absRel', kind: 'metric', pairs: 3, agree: 2, clear: 2, contradict: 0 });
    const text = tableMarkdown(table, { facts: ['Device: test'], missing: 3 });
    expect(text).toContain('| LLM-MDE-C | 0.405 ± 0.007 |');
    expect(text).toContain('0.205 ± 0.007 (0.448)');
    expect(text).toContain("By AbsRel, 2 of 3 pairs of rows are in the paper's order");
    expect(text).toContain('**3 runs are not finished yet.**');
  });

  it('shows a single scene type where a row is about one', () => {
    const { rows } = summarizeTable(PAPER_TABLES[1]!, new Map([['zero-shot', [results(0.5)]]]));
    expect(rows.map(({ label }) => label)).toContain('kitchen');
    const kitchen = rows.find(({ label }) => label === 'kitchen')!;
    expect([kitchen.metric.absRel.mean, kitchen.minMax]).toEqual([0.6, undefined]);
  });
});

/** All metrics the same, kitchens worse by 0.1. */
function results(value: number): RunResults {
  const summary = (all: number) => ({
    ...(Object.fromEntries(METRIC_NAMES.map((name) => [name, all])) as Record<(typeof METRIC_NAMES)[number], number>),
    images: 1,
    skipped: 0,
    pixels: 1,
  });
  const types = ['bathroom', 'dining_room', 'kitchen', 'living_room'];
  const perSceneType = Object.fromEntries(
    types.map((type) => [type, summary(type === 'kitchen' ? value + 0.1 : value)]),
  );
  const evaluation = { metrics: summary(value), minMax: summary(value), perSceneType };
  return { frames: 1, best: null, ended: 'epochs', model: evaluation, mean: evaluation, meanPerPixel: evaluation };
}
