import { describe, expect, it } from 'vitest';
import { chartFigures, chartScript } from './charts.js';

const line = (values: number[]) => values.map((value, index) => ({ step: index + 1, value }));

function drawn(...series: number[][]) {
  const charts = [
    { title: 'Loss', series: series.map((values, index) => ({ name: `s${index}`, points: line(values) })) },
  ];
  const [, text] = /data-chart="([^"]*)"/.exec(String(chartFigures(charts)[0]))!;
  return JSON.parse(text!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
}

describe('chartFigures', () => {
  it('has all series over the same steps, without values that are not finite', () => {
    expect(drawn([3, 2, Number.NaN], [1])).toMatchObject({
      steps: [1, 2],
      series: [
        { name: 's0', values: [3, 2] },
        { name: 's1', values: [1, null] },
      ],
    });
  });

  it('takes a logarithmic axis for values of many magnitudes', () => {
    expect(drawn([1000, 10, 0.1]).isLogarithmic).toBe(true);
    expect(drawn([3, 2, 1]).isLogarithmic).toBe(false);
  });

  it('says so where there are no values', () => {
    expect(String(chartFigures([{ title: 'Loss', series: [{ name: 'a', points: line([Number.NaN]) }] }])[0])).toContain(
      'No values.',
    );
  });
});

it('chartScript is a script that parses, with uPlot inside', () => {
  expect(() => new Function(chartScript())).not.toThrow();
  expect(chartScript()).toContain('leeoniya/uPlot');
  expect(chartScript()).not.toContain('</script');
});
