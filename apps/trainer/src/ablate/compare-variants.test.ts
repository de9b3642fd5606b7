import type { DepthMetricsSummary } from '@llm-mde/metrics';
import { expect, it } from 'vitest';
import { ablationMarkdown, ablationPage, conclusionOf } from './ablation-documents.js';
import { compare, type Measured, verdict } from './compare-variants.js';

const measured = (absRel: readonly number[], seeds = [...absRel.keys()]): Measured => ({
  seeds,
  metrics: absRel.map((value) => ({ absRel: value, delta1: 1 - value }) as DepthMetricsSummary),
});
const whole = measured([0.2, 0.22, 0.21]);

it('has means, spreads, and paired differences with intervals', () => {
  const { mean, spread, difference } = compare(measured([0.25, 0.26, 0.27]), whole, 'absRel');
  expect([mean, spread]).toEqual([expect.closeTo(0.26, 9), expect.closeTo(0.01, 9)]);
  // Differences of 0.05, 0.04 and 0.06: 0.05 ± 4.303 · 0.01 / √3.
  const half = (4.303 * 0.01) / Math.sqrt(3);
  expect(difference).toEqual({
    mean: expect.closeTo(0.05, 9),
    pairs: 3,
    interval: [expect.closeTo(0.05 - half, 9), expect.closeTo(0.05 + half, 9)],
  });
  expect(compare(whole, undefined, 'absRel').difference).toBeUndefined();
});

it('pairs by seed, and has no interval for one pair', () => {
  const { difference } = compare(measured([0.3, 0.5], [2, 7]), whole, 'absRel');
  expect(difference).toEqual({ mean: expect.closeTo(0.09, 9), pairs: 1, interval: undefined });
});

it.each([
  [[0.01, 0.02], 'absRel', 'worse'],
  [[-0.02, -0.01], 'absRel', 'better'],
  [[-0.01, 0.02], 'absRel', 'open'],
  [[0, 0.02], 'absRel', 'open'],
  [[-0.02, 0], 'absRel', 'open'],
  [undefined, 'absRel', 'open'],
  [[0.01, 0.02], 'delta1', 'better'],
  [[-0.02, -0.01], 'delta1', 'worse'],
] as const)('an interval of %j of %s is %s', (interval, metric, expected) => {
  expect(verdict({ mean: 0, pairs: 3, interval }, metric)).toBe(expected);
});

it('says in a paragraph what can be told, and escapes names', () => {
  const results = {
    dataset: 'Rooms & <halls>',
    rows: [
      { name: 'whole', label: 'whole model', measured: whole },
      { name: 'a', label: 'no language model', measured: measured([0.25, 0.26, 0.27]) },
      { name: 'b', label: 'one layer', measured: measured([0.2, 0.2, 0.23]) },
    ],
  };
  expect(conclusionOf(results)).toBe(
    'By AbsRel over 3 seeds, worse than the whole model: no language model (+0.050 (+0.025 to +0.075)); ' +
      'no difference that can be told: one layer (+0.000 (−0.050 to +0.050)).',
  );
  expect(ablationMarkdown([results], ['Command: `llm-mde ablate`'])).toContain(
    '| one layer | 3 | 0.210 ± 0.017 | +0.000',
  );
  const page = ablationPage([results], []);
  expect(page).toContain('<h2>Rooms &#38; &#60;halls&#62;</h2>');
  expect(page.match(/<circle /g)).toHaveLength(2);
  expect(conclusionOf({ ...results, rows: results.rows.slice(1) })).toBe(
    'The whole model was not measured, so nothing is compared.',
  );
});
