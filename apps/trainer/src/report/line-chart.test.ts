import { describe, expect, it } from 'vitest';
import { lineChart } from './line-chart.js';
import { linearTicks, logarithmicTicks, roundStep } from './ticks.js';

const line = (values: number[]) => values.map((y, x) => ({ x, y }));
const chart = (...series: number[][]) =>
  String(
    lineChart({
      title: 'Loss',
      xLabel: 'step',
      series: series.map((values, index) => ({ name: `s${index}`, points: line(values) })),
    }),
  );
const coordinates = (svg: string) =>
  [...svg.matchAll(/polyline class="line" points="([^"]*)"/g)].map(([, points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number)),
  );

describe('lineChart', () => {
  it('draws each series from left to right, larger values higher', () => {
    const [first, second] = coordinates(chart([3, 2, 1], [1, 2, 3]));
    expect(first!.map(([x]) => x)).toEqual([56, 242, 428]);
    expect(first![0]![1]).toBe(second![2]![1]);
    expect(first![0]![1]).toBeLessThan(first![1]![1]!);
    expect(chart([3, 2, 1], [1])).toContain('<i></i>s1');
  });

  it('leaves out what is not finite, and says so where nothing is left', () => {
    expect(coordinates(chart([1, Number.NaN, 2, Number.POSITIVE_INFINITY]))[0]).toHaveLength(2);
    expect(chart([Number.NaN])).toContain('No values.');
  });

  it('takes a logarithmic axis for values of many magnitudes', () => {
    const heights = coordinates(chart([1000, 10, 0.1]))[0]!.map(([, y]) => y!);
    expect(heights[1]! - heights[0]!).toBeCloseTo(heights[2]! - heights[1]!, 0);
  });

  it('draws thousands of points as a mean and a band of what they range over', () => {
    const svg = chart(Array.from({ length: 5000 }, (_, step) => 2 + (step % 2)));
    expect(coordinates(svg)[0]).toHaveLength(220);
    expect(svg).toContain('<polygon class="band"');
    expect(svg).not.toContain('<circle');
    const heights = coordinates(svg)[0]!.map(([, y]) => y!);
    expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(10);
  });

  it('takes a constant and a single value', () => {
    expect(chart([5, 5])).not.toContain('NaN');
    expect(chart([5])).not.toContain('NaN');
  });
});

describe('ticks', () => {
  it('are round numbers within the range', () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-0.3, 0.31, 5)).toEqual([-0.2, 0, 0.2]);
    expect(logarithmicTicks(0.02, 30)).toEqual([0.1, 1, 10]);
    expect(logarithmicTicks(0.4, 30)).toEqual([0.5, 1, 2, 5, 10, 20]);
    expect([0.013, 0.02, 3.3, 70].map(roundStep)).toEqual([0.02, 0.02, 5, 100]);
  });
});
