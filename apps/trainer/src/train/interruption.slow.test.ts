import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';

// The built command, as a user stops it.
const folder = folderOfFile();
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  /** Milliseconds from the first signal to the end. */
  after: number;
}

/** Trains until the output or the time has come, and then sends signals, 50 ms apart. */
function train(out: string, count: number, until: RegExp | number | undefined, ...signals: NodeJS.Signals[]) {
  const rooms = JSON.stringify({ count, width: 48, height: 36, seed: 3 });
  const parameters = ['train', '--out', out, '--resume', '--json', '--set', `data.rooms=${rooms}`];
  const child = spawn(process.execPath, [cli, ...parameters, '--set', 'training.epochs=2'], { cwd: folder });
  const ending = { stdout: '', stderr: '', at: 0 };
  const stop = () => {
    if (ending.at > 0) return;
    ending.at = Date.now();
    for (const [index, signal] of signals.entries()) setTimeout(() => child.kill(signal), 50 * index);
  };
  child.stderr.on('data', (text) => {
    ending.stderr += text;
  });
  child.stdout.on('data', (text) => {
    ending.stdout += text;
    if (until instanceof RegExp && until.test(ending.stdout)) signals.length > 0 ? stop() : child.stdout.destroy();
  });
  if (typeof until === 'number') setTimeout(stop, until);
  return new Promise<Ending>((resolve) =>
    child.on('close', (code, signal) => {
      resolve({ code, signal, stderr: ending.stderr, after: Date.now() - ending.at });
    }),
  );
}

const STEP = /"event":"step"/;

it('ends at once by the signal where Ctrl-C is pressed twice', async () => {
  for (let time = 0; time < 3; time++) {
    const { code, signal, stderr, after } = await train(`twice-${time}`, 84, STEP, 'SIGINT', 'SIGINT');
    expect([code, signal, stderr]).toEqual([null, 'SIGINT', '']);
    expect(after).toBeLessThan(3000);
  }
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('saves and ends with 130 on %s', async (signal) => {
  expect(await train(signal, 84, STEP, signal)).toMatchObject({ code: 130, signal: null });
  expect(existsSync(join(folder, signal, 'last/training-state.json'))).toBe(true);
});

it('stops rendering, and leaves nothing behind', async () => {
  const { code, after } = await train('rendering', 1008, 4000, 'SIGTERM');
  expect(code).toBe(130);
  expect(after).toBeLessThan(10_000);
  expect(existsSync(join(folder, 'rendering'))).toBe(false);
  expect(readdirSync(join(folder, 'data'))).toEqual(['rooms-84-48x36-3']);
});

it('saves quietly where nobody reads its output any more', async () => {
  expect(await train('unread', 84, STEP)).toMatchObject({ code: 130, stderr: '' });
  expect(existsSync(join(folder, 'unread/last'))).toBe(true);
});

it('trains in a folder by one process at a time', async () => {
  expect((await train('alone', 84, undefined)).code).toBe(0);
  const both = await Promise.all([train('shared', 84, undefined), train('shared', 84, undefined)]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(both.map(({ stderr }) => stderr).join('')).toMatch(/shared is in use by process \d+ on /);
  const log = (name: string) => readFileSync(join(folder, name, 'metrics.jsonl'), 'utf8');
  expect(log('shared')).toBe(log('alone'));
});
