import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeJson } from '../config/json-file.js';
import { resolveConfiguration } from '../config/resolve.js';
import { type RunFolder, runFolder } from '../run/run-folder.js';
import { llmMde } from '../testing/llm-mde.js';
import { LiveReport } from './live-report.js';

const folder = folderOfFile();
let run: RunFolder;
let live: LiveReport;
let count = 0;

beforeEach(async () => {
  run = runFolder(join(folder, `run-${count++}`));
  live = await LiveReport.start(run, 0);
});
afterEach(() => live.close(false));

const row = (step: number) =>
  `${JSON.stringify({ step, epoch: 1, loss: 1 / step, gradientNorm: 1, learningRate: 1 })}\n`;
const get = async (path: string) => (await fetch(live.address + path)).json();

it('tells of whole lines from a byte on, and of what is going on', async () => {
  const page = await (await fetch(live.address)).text();
  expect(page).toContain('role="status" data-live="0" data-page="1" data-seconds="0">Training is being prepared.<');
  expect(await get('rows?from=0&page=1')).toMatchObject({ rows: [], next: 0, state: 'running' });

  await writeJson(run.configuration, await resolveConfiguration({}));
  writeFileSync(run.metrics, `${row(1)}${row(2)}{"step":3,"ep`);
  live.following({}).onEvaluation?.(3, 9);
  const first = await get('rows?from=0&page=1');
  expect(first).toMatchObject({ rows: [{ step: 1 }, { step: 2 }], text: 'Testing: 3 of 9 frames.' });
  expect(first.next).toBe(row(1).length + row(2).length);
  appendFileSync(run.metrics, 'och":1,"loss":null}\n');
  expect((await get(`rows?from=${first.next}&page=1`)).rows).toEqual([{ step: 3, epoch: 1, loss: null }]);
  expect(await (await fetch(live.address)).text()).toContain(`data-live="${first.next + 33}"`);
});

it('passes events on', () => {
  const told: unknown[] = [];
  const events = live.following({ onStep: (...all) => told.push(all), onRender: (...all) => told.push(all) });
  const progress = { totalSteps: 9, imagesPerSecond: 1, memory: 1, secondsLeft: 61 };
  events.onStep?.({ step: 2, epoch: 1, loss: 1, gradientNorm: 1, learningRate: 1 }, progress);
  events.onRender?.(1, 2);
  expect(told).toEqual([
    [expect.objectContaining({ step: 2 }), progress],
    [1, 2],
  ]);
});

it('ends when training ends, after its pages have loaded the report of the test', async () => {
  await writeJson(run.configuration, await resolveConfiguration({}));
  writeFileSync(run.report, 'the report');
  await fetch(live.address);
  await get('rows?from=0&page=1');
  const closed = live.close(true);
  expect(await get('rows?from=0&page=1')).toMatchObject({ state: 'tested' });
  expect(await (await fetch(live.address)).text()).toBe('the report');
  const before = performance.now();
  await closed;
  expect(performance.now() - before).toBeLessThan(2000);
  await expect(fetch(live.address)).rejects.toThrow();
});

it('ends at once where no page is open', async () => {
  const before = performance.now();
  await live.close(false);
  expect(performance.now() - before).toBeLessThan(1000);
});

it('answers this machine only, and no page of another origin', async () => {
  const { port } = new URL(live.address);
  const status = (headers: Record<string, string>, method = 'GET') =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, method, headers }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
  expect(await status({ host: `localhost:${port}` })).toBe(200);
  expect(await status({ host: `evil.example:${port}` })).toBe(403);
  expect(await status({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' })).toBe(403);
  expect(await status({ host: `127.0.0.1:${port}`, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await status({ host: `127.0.0.1:${port}` }, 'POST')).toBe(405);
  expect((await fetch(`${live.address}rows?from=-1&page=1`)).status).toBe(400);
  expect((await fetch(`${live.address}configuration.json`)).status).toBe(404);
  expect((await fetch(`${live.address}..%2f..%2fetc/passwd`)).status).toBe(404);
});

it('says that a port is in use, and train starts nothing then', async () => {
  const { port } = new URL(live.address);
  const out = join(folder, 'none');
  const { stderr } = await llmMde('train', '--out', out, '--watch', port);
  expect(stderr).toBe(
    `llm-mde: Port ${port} is in use: choose another with --watch <port>, or any free one with --watch.\n`,
  );
  expect(existsSync(out)).toBe(false);
  expect((await llmMde('train', '--watch', '99999')).stderr).toContain('Must be a port from 1 to 65535.');
});
