// What the programs do outside of their folders, as strace sees it, which sees native code too.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const inRepository = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const [trainer, demo] = ['trainer', 'demo'].map((app) => inRepository(`apps/${app}/dist/cli.js`));
const photo = inRepository('apps/demo/src/page/public/samples/kitchen.jpg');

describe.skipIf(spawnSync('strace', ['-V']).status !== 0)(
  'skipped where strace is absent: apt-get install strace',
  () => {
    const rooms = JSON.stringify({ count: 28, width: 48, height: 36, seed: 0 });
    it.each([
      ['predict', ['predict', 'tiny', photo, '--out', 'depth']],
      ['train', ['train', '--out', 'run', '--set', `data.rooms=${rooms}`, '--set', 'training.epochs=1']],
    ])(
      '%s connects to nothing, and writes only where it was told to and in the temporary folder',
      async (_, parameters) => {
        const { status, connections, written, outside } = await trace(trainer!, parameters);
        expect({ status, connections, outside }).toEqual({ status: 0, connections: [], outside: [] });
        expect(written.length).toBeGreaterThan(0);
      },
    );

    it("the demo's server connects to nothing and writes in the temporary folder only", async () => {
      const parameters = ['--models', inRepository('packages/models/pretrained/tiny'), '--port', '0'];
      const { connections, outside } = await trace(demo!, parameters, async (address) => {
        const form = new FormData();
        form.set('image', new Blob([readFileSync(photo)]), 'photo.jpg');
        const answer = await fetch(new URL('/api/depth', address), { method: 'POST', body: form });
        expect(answer.status).toBe(200);
        await answer.arrayBuffer();
      });
      expect({ connections, outside }).toEqual({ connections: [], outside: [] });
    });
  },
);

const CALLS = [
  'connect',
  'sendto',
  'sendmsg',
  'open',
  'openat',
  'creat',
  'mkdir',
  'mkdirat',
  'mknod',
  'rename',
  'renameat',
];

/** Runs a program in an empty folder with an empty home; where `visit` is given, until that is done with the address that it prints. */
async function trace(program: string, parameters: string[], visit?: (address: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'traces-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [cwd, temporary, home] = ['work', 'temporary', 'home'].map((name) => join(folder, name));
  for (const path of [cwd, temporary, home]) mkdirSync(path!);
  const log = join(folder, 'log');
  const { ORT_DISABLE_TELEMETRY, LLM_MDE_DEVICE, XDG_CACHE_HOME, ...environment } = process.env;
  const options = [
    '-f',
    '-qq',
    '--seccomp-bpf',
    '-s',
    '4096',
    '-e',
    `trace=${CALLS.join()},renameat2,link,linkat`,
    '-o',
    log,
  ];
  const child = spawn('strace', [...options, process.execPath, program, ...parameters], {
    cwd: cwd!,
    env: { ...environment, HOME: home, TMPDIR: temporary },
    stdio: ['ignore', visit ? 'pipe' : 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  let printed = '';
  for await (const part of visit ? child.stdout! : []) {
    printed += part;
    const [address] = /http:\S+/.exec(printed) ?? [];
    if (!address) continue;
    await visit!(address).finally(() => {
      process.kill(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()));
    });
    break;
  }
  const [status] = await ended;
  const lines = readFileSync(log, 'utf8').split('\n');
  const writing = lines.filter(
    (line) => !/^\d+\s+(connect|send)/.test(line) && (!/ open(at)?\(/.test(line) || /O_(WRONLY|RDWR|CREAT)/.test(line)),
  );
  const written = writing.flatMap((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, path]) => resolve(cwd!, path!)));
  return {
    status,
    connections: lines.filter((line) => line.includes('AF_INET')),
    written,
    outside: written.filter(
      (path) => ![`${cwd}/`, `${temporary}/`, '/dev/', '/proc/'].some((place) => path.startsWith(place)),
    ),
  };
}
