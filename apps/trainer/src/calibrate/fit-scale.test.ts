import { expect, it } from 'vitest';
import { crossCheck, type DepthRatios, depthRatios, doesHelp, fitScale } from './fit-scale.js';

/** Frames of one pixel each. */
const framesOf = (...ratios: number[]): DepthRatios[] =>
  ratios.map((ratio, index) => depthRatios(`${index}`, [1], [ratio])!);

it('finds the factor that all frames have in common, each of them counted once', () => {
  const wide = depthRatios('wide', new Float32Array(10_000).fill(2), new Float32Array(10_000).fill(2.6))!;
  expect(wide.logs).toHaveLength(3334);
  expect(fitScale([wide])).toBeCloseTo(1.3, 6);
  const small = depthRatios('small', [1, 1], [0.5, 2], [1, 0])!;
  expect([...small.logs]).toEqual([Math.log(0.5)]);
  expect(fitScale([wide, small])).toBeCloseTo(Math.sqrt(1.3 * 0.5), 6);
  expect(depthRatios('none', [1, 0], [0, 1])).toBeUndefined();
});

it('fits the factor of a frame to the others', () => {
  const { folds, scaled, unscaled } = crossCheck(framesOf(1, 1, 2));
  expect(folds).toBe(3);
  // Without the third frame the factor is 1, with it and one other √2.
  expect(scaled.logRatio).toBeCloseTo((Math.log(2) / 2 + Math.log(2) / 2 + Math.log(2)) / 3, 12);
  expect(scaled.absRel).toBeCloseTo((Math.SQRT2 - 1 + (Math.SQRT2 - 1) + 0.5) / 3, 12);
  expect(unscaled).toEqual({ absRel: expect.closeTo(0.5 / 3, 12), logRatio: expect.closeTo(Math.log(2) / 3, 12) });
});

it('holds out neighbors together where there are many frames', () => {
  const many = crossCheck(framesOf(...Array.from({ length: 20 }, (_, index) => (index < 2 ? 2 : 1))));
  expect(many.folds).toBe(10);
  // The two odd ones are held out at once: the others know nothing of them.
  const others = Math.log(2) * (2 / 18);
  expect(many.scaled.logRatio).toBeCloseTo((2 * Math.log(2) + 18 * others) / 20, 12);
});

it('tells factors that help from those that only fit what they were fitted to', () => {
  expect(doesHelp(crossCheck(framesOf(1.3, 1.28, 1.35)))).toBe(true);
  expect(doesHelp(crossCheck(framesOf(1.9, 0.6, 1)))).toBe(false);
  expect(doesHelp(crossCheck(framesOf(1, 1, 1)))).toBe(false);
});
