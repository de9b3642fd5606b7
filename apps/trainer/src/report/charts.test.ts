import { expect, it } from 'vitest';
import { chartFigures, chartScripts, thin } from './charts.js';

const line = (values: number[]) => values.map((y, index) => ({ x: index + 1, y }));

function drawn(...series: number[][]) {
  const charts = [
    {
      title: 'Loss',
      series: series.map((values, index) => ({ name: `s${index}`, color: index + 1, points: line(values) })),
    },
  ];
  const [, text] = /data-chart="([^"]*)"/.exec(String(chartFigures(charts)[0]))!;
  return JSON.parse(text!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
}

it('chartFigures has the points of all series, without values that are not finite', () => {
  expect(drawn([3, Number.NaN, 2], [1])).toMatchObject({
    title: 'Loss',
    series: [
      { name: 's0', color: 1, run: 0, x: [1, 3], y: [3, 2] },
      { name: 's1', color: 2, run: 0, x: [1], y: [1] },
    ],
  });
  expect(drawn([Number.NaN]).series[0]).toMatchObject({ x: [], y: [] });
});

it('thins long series to means at the place of the last point', () => {
  expect(thin(line([1, 3, 5, 7, 9]), 3)).toEqual([
    { x: 2, y: 2 },
    { x: 4, y: 6 },
    { x: 5, y: 9 },
  ]);
  expect(drawn(Array.from({ length: 5000 }, (_, index) => index)).series[0].x).toHaveLength(1000);
});

it('chartScripts are scripts that parse, with uPlot inside', () => {
  const [uplot, own] = chartScripts();
  expect(() => new Function(uplot!)).not.toThrow();
  expect(uplot).toContain('leeoniya/uPlot');
  for (const script of [uplot, own]) expect(script).not.toContain('</script');
});
