import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDepthPng } from '@llm-mde/depth-maps';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderReport, writeReport } from './report.js';
import type { RunReport } from './report-data.js';
import { runReport } from './testing/run-report.js';

const folder = folderOfFile();

let run: RunReport;
let others: RunReport[];
beforeAll(async () => {
  run = await runReport('A <b>run</b>', { verdict: 'informative' });
  others = [await runReport('<i>b</i>', { factor: 1.2, seed: 2 }), await runReport('c', { factor: 1.3, seed: 2 })];
});

const headings = (page: string) => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);

interface DrawnChart {
  title: string;
  x?: string;
  series: { name: string; x: number[]; y: number[]; field?: string }[];
  marks: object[];
}

/** The data of a chart by its title. */
function chart(page: string, title: string): DrawnChart {
  const charts = [...page.matchAll(/data-chart="([^"]*)"/g)].map(([, text]) =>
    JSON.parse(text!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))),
  );
  return charts.find((each) => each.title.startsWith(title));
}

describe('a report of one run', () => {
  it('is one file that needs nothing else, and escapes every text', async () => {
    await writeReport(join(folder, 'report.html'), [run]);
    expect(readdirSync(folder)).toEqual(['report.html']);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).not.toMatch(/<script[^>]* src|<link|loading=|connect-src/);
    const addresses = [...page.matchAll(/ (?:src|href)="([^"]{5})/g)].map(([, start]) => start);
    expect(addresses.length).toBeGreaterThan(30);
    expect(addresses.every((start) => ['data:', '#word'].includes(start!))).toBe(true);
    for (const text of ['<b>run', '<this>', 'wall & floor', '</pre><script>', '<rooms>', '<attend>']) {
      expect(page).not.toContain(text);
    }
    for (const text of ['A &#60;b&#62;run', '&#60;this&#62;', 'wall &#38; floor', '&#60;/pre&#62;&#60;script']) {
      expect(page).toContain(text);
    }
  });

  it('compares the model with its best baseline, and marks the best of each column', () => {
    const page = renderReport([run]);
    expect(page).toMatch(/AbsRel<\/span><strong>0\.100<\/strong><span>75 % below mean depth \(0\.400\)/);
    expect(page.match(/<td class="best">0\.100<\/td>/g)).toHaveLength(2);
    expect(page).toMatch(/<th scope="row">dining room<\/th><td>9<\/td>/);
    expect(page).toContain('<li>Trained on &#60;rooms&#62;.</li>');
  });

  it('has buttons that copy the command and the table', () => {
    const page = renderReport([run]);
    expect(page).toContain(`data-copy="llm-mde train --seed 1 --out &#39;a b&#39;"`);
    expect(page).toMatch(/data-copy="\| {2}\| AbsRel \| RMSE \(m\) [^"]*\n\| trained model \| 0\.100 \|/);
  });

  it('has curves over steps that know epochs and times', () => {
    const page = renderReport([run]);
    const loss = chart(page, 'Loss');
    expect(loss.x).toBeUndefined();
    expect(loss.series.map(({ field, x, y }) => [field, x.length, y.at(-1)])).toEqual([
      ['loss', 40, 0.0275],
      ['trainingLoss', 1, 0.5],
      ['validationLoss', 2, 0.55],
    ]);
    expect(loss.marks).toEqual([{ at: 40, label: 'best' }]);
    expect(page).toContain('data-runs="[{&#34;stepsPerEpoch&#34;:20,&#34;steps&#34;:[1,2,');
    expect([...page.matchAll(/name="axis" value="(\w+)"/g)].map(([, axis]) => axis)).toEqual(['step', 'epoch', 'time']);
    const unknown = renderReport([{ ...run, seconds: new Map() }]);
    expect([...unknown.matchAll(/name="axis" value="(\w+)"/g)].map(([, axis]) => axis)).toEqual(['step', 'epoch']);
  });

  it('has the distribution of errors over images and distances', () => {
    const page = renderReport([run]);
    const images = chart(page, 'Images by AbsRel').series[0]!;
    expect(images.y.slice(0, -1).reduce((sum, count) => sum + count, 0)).toBe(9);
    const pixels = chart(page, 'Compared pixels').series[0]!;
    expect(pixels.y.slice(0, -1).reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 3);
    const bias = chart(page, 'Bias by distance').series[0]!;
    expect(Math.min(...bias.y)).toBeGreaterThan(0);
  });

  it('shows the worst, the median and the best examples with pictures of their size', () => {
    const page = renderReport([run]);
    expect([...page.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, title]) => title)).toEqual([
      'Worst by AbsRel',
      'Median',
      'Best',
    ]);
    const [first] = [...page.matchAll(/<span class="scores">AbsRel (0\.\d+), RMSE/g)].map(([, value]) => Number(value));
    expect(first).toBeCloseTo(0.26, 2);
    const pictures = [...page.matchAll(/<img src="data:image\/png;base64,([^"]*)" width="32" height="24"/g)];
    expect(pictures).toHaveLength(9 * 3);
    expect(page.match(/<img src="data:image\/jpeg;base64,[^"]+" width="32" height="24"/g)).toHaveLength(9);
    for (const [, content] of pictures) {
      expect(() => decodeDepthPng(Buffer.from(content!, 'base64'))).toThrow('3 channels of 8 bits');
    }
  });

  it('shows attention beside even attention, and words that prototypes are close to', () => {
    const page = renderReport([run]);
    expect(page).toContain('Patches &#60;attend&#62; (informative).');
    // In the order in which a patch prefers them beyond the mean of all.
    expect([...page.matchAll(/<span>(prototype .*?)<\/span>/g)].map(([, text]) => text)).toEqual([
      'prototype 7, up to 12.0 × even',
      'prototype 9, up to 6.0 × even',
      'prototype 3, up to 10.8 × even',
    ]);
    expect(page).toContain('wall &#38; floor 0.90');
    expect(page).not.toContain('lamp 0.50');
    expect(page).toMatch(/prototype 9, up to 6\.0 × even<\/span>\s*<span class="words">close to no word/);
  });

  it('says in a sentence that there is nothing to see in attention, and shows none', () => {
    const page = renderReport([others[1]!]);
    expect(page).toContain('Patches &#60;attend&#62; (even).');
    expect(page).not.toMatch(/wall &|lamp 0|prototype \d|class="overlay"/);
  });

  it('leaves out the sections for which there is nothing', () => {
    const nothing = { history: [], evaluations: [], limits: [], tested: undefined };
    expect(headings(renderReport([{ ...run, ...nothing }]))).toEqual(['Run']);
  });
});

describe('a report of several runs', () => {
  it('has their scores, curves, settings and pictures beside each other', () => {
    const page = renderReport([run, ...others]);
    expect(headings(page)).toEqual([
      ...['Results', 'Limits', 'Settings that differ', 'Training', 'Errors of the test', 'Examples'],
      ...['In space', 'By scene type', 'Runs'],
    ]);
    const rows = [...page.matchAll(/<tr><th scope="row">([^<]*)<\/th><td(?: class="best")?>([\d.]+)<\/td>/g)];
    expect(rows.slice(0, 5).map(([, name, absRel]) => [name, absRel])).toEqual([
      ['A &#60;b&#62;run&#60;/b&#62;', '0.100'],
      ['&#60;i&#62;b&#60;/i&#62;', '0.200'],
      ['c', '0.300'],
      ['mean depth', '0.400'],
      ['mean depth per pixel', '0.500'],
    ]);
    const names = ['A <b>run</b>', '<i>b</i>', 'c'];
    expect(chart(page, 'Validation loss').series.map(({ name, y }) => [name, y.at(-1)])).toEqual([
      [names[0], 0.55],
      [names[1], 0.6],
      [names[2], 0.65],
    ]);
    expect(chart(page, 'Images by AbsRel').series.map(({ name }) => name)).toEqual(names);
    expect(page).toMatch(/<th scope="row">model\.seed<\/th><td>1<\/td><td>2<\/td><td>2<\/td>/);
    expect(page).not.toContain('<th scope="row">model.list</th>');
    expect(page.match(/class="columns" style="--columns:4"/g)).toHaveLength(9);
    expect(page.match(/<option /g)).toHaveLength(4);
    expect(page).not.toContain('not comparable.');
  });

  it('says that scores on different frames are not comparable, and shows the pictures that all have', () => {
    const [first, ...rest] = others[0]!.tested!.frames;
    const tested = { ...others[0]!.tested!, frames: rest };
    tested.examples = tested.examples.filter(({ id }) => id !== first!.id);
    const page = renderReport([run, { ...others[0]!, tested }]);
    expect(page).toContain('their scores are not comparable.');
    expect(page.match(/class="columns"/g)).toHaveLength(8);
  });

  it('shows a run that is not tested yet beside one that is', () => {
    const page = renderReport([run, { ...others[0]!, evaluations: [], limits: [], tested: undefined }]);
    expect(chart(page, 'Validation loss').series).toHaveLength(2);
    expect(page).toContain('<th scope="row">mean depth</th>');
  });
});
