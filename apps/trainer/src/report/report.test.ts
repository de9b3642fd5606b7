import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDepthPng } from '@llm-mde/depth-maps';
import { DepthMetrics } from '@llm-mde/metrics';
import { generateFrame } from '@llm-mde/rooms';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import type { AttendedWords } from 'llm-mde';
import { expect, it } from 'vitest';
import { shrinkImage, shrinkMap } from './pictures.js';
import { renderReport, writeReport } from './report.js';
import type { Example, ReportData } from './report-data.js';

const folder = folderOfFile();

const frame = generateFrame({ seed: 1, sceneType: 'dining_room', width: 32, height: 24 });
const valid = Uint8Array.from(frame.rawDepth, (depth) => Number(depth > 0));
const example: Example = {
  frame: { ...frame, depth: frame.rawDepth, valid },
  prediction: frame.depth.map((depth) => depth * 1.1),
  prompt: 'How deep is <this>?',
  class: 'close',
  attended: attended('informative'),
};

function attended(verdict: 'informative' | 'even'): AttendedWords {
  const figures = { prototypeCount: 12, fromEven: 1.2, fromMean: 0.9, fromMeanShuffled: 0.3, largestTimesEven: 9 };
  return {
    rows: 1,
    columns: 2,
    attention: { verdict, sentence: `Patches <attend> (${verdict}).`, ...figures },
    patches: [
      [
        { prototype: 7, weight: 1, timesEven: 12, timesMean: 2 },
        { prototype: 3, weight: 0.9, timesEven: 10.8, timesMean: 1 },
      ],
      [{ prototype: 9, weight: 0.5, timesEven: 6, timesMean: 1.5 }],
    ],
    words: new Map([
      [7, [{ word: 'wall & floor', similarity: 0.9, isClose: true }]],
      [9, [{ word: 'lamp', similarity: 0.5, isClose: false }]],
    ]),
  };
}

function evaluation(name: string, scale: number, baseline = false) {
  const metrics = new DepthMetrics();
  metrics.update(
    frame.depth.map((depth) => depth * scale),
    frame.depth,
    frame.image,
  );
  const summary = metrics.compute();
  return { name, baseline, metrics: summary, minMax: summary, perSceneType: { dining_room: summary } };
}

const data: ReportData = {
  title: 'A <b>run</b>',
  notes: ['Stopped after epoch 2.'],
  configuration: { data: '</pre><script>' },
  environment: { device: 'wasm', commit: null },
  history: [
    { step: 1, epoch: 1, loss: 2, gradientNorm: 1, learningRate: 0.001 },
    { step: 2, epoch: 1, trainingLoss: Number.NaN, validationLoss: 1.5, absRel: 0.3 },
  ],
  bestStep: 2,
  evaluations: [evaluation('model', 1.1), evaluation('mean depth', 1.4, true)],
  examples: [example],
};

it('writes one file that needs nothing else, and escapes every text', async () => {
  await writeReport(join(folder, 'report.html'), data);
  expect(readdirSync(folder)).toEqual(['report.html']);
  const page = readFileSync(join(folder, 'report.html'), 'utf8');
  expect(page).not.toMatch(/<script src|<link|loading=/);
  expect([...page.matchAll(/(?:src|href)="([^"]{5})/g)].every(([, start]) => ['data:', '#word'].includes(start!))).toBe(
    true,
  );
  for (const text of [
    'A &#60;b&#62;run&#60;/b&#62;',
    '&#60;this&#62;',
    'wall &#38; floor',
    '&#60;/pre&#62;&#60;script',
  ]) {
    expect(page).toContain(text);
  }
});

it('compares the model with its best baseline, and marks the best of each column', () => {
  const page = renderReport(data);
  expect(page).toMatch(/AbsRel<\/span><strong>0\.100<\/strong><span>75 % below mean depth \(0\.400\)/);
  expect(page.match(/<td class="best">0\.100<\/td>/g)).toHaveLength(2);
  expect(page).toMatch(/<tr><th>dining room<\/th><td>1<\/td>/);
});

it("shows pictures of the example's size, with its errors over pixels that have a truth", () => {
  const page = renderReport(data);
  const pictures = [...page.matchAll(/<img src="data:image\/png;base64,([^"]*)" width="32" height="24"/g)];
  expect(pictures).toHaveLength(4);
  for (const [, content] of pictures) {
    expect(() => decodeDepthPng(Buffer.from(content!, 'base64'))).toThrow('3 channels of 8 bits');
  }
  expect(page).toMatch(/AbsRel 0\.1\d\d, RMSE/);
});

it('shows attention beside even attention, and words that prototypes are close to', () => {
  const page = renderReport(data);
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
  const page = renderReport({ ...data, examples: [{ ...example, attended: attended('even') }] });
  expect(page).toContain('Patches &#60;attend&#62; (even).');
  expect(page).not.toMatch(/wall &|lamp 0|prototype \d|class="overlay"/);
});

it('leaves out the sections for which there is nothing', () => {
  const page = renderReport({ ...data, history: [], evaluations: [], examples: [] });
  expect([...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading)).toEqual(['Run']);
});

it('shrinks photographs by the mean of a block, and maps by one of it', () => {
  const gray = (values: number[]) => values.flatMap((value) => [value, value, value]);
  const image = { data: Uint8Array.from(gray([0, 10, 20, 30, 40, 50, 60, 70])), width: 4, height: 2 };
  expect(shrinkImage(image, 2)).toEqual({ data: Uint8Array.from(gray([25, 45])), width: 2, height: 1 });
  expect([...shrinkMap([1, 2, 3, 4, 5, 6, 7, 8], image, 2)]).toEqual([6, 8]);
});
