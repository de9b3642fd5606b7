import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CommandWork } from '../queue/command-work.js';
import { createJob, type JobQueue } from '../queue/jobs.js';
import { redisQueue } from '../queue/redis-queue.js';
import { HAS_REDIS, startRedis } from '../testing/redis-server.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** More for a longer look: 2000 images, and 6 seeds of 4 variants. */
const IMAGES = Number(process.env.LLM_MDE_QUEUE_IMAGES || 300);
const SEEDS = Number(process.env.LLM_MDE_QUEUE_SEEDS || 1);
const SECONDS_BETWEEN_KILLS = 2;

describe.skipIf(!HAS_REDIS)('llm-mde worker', () => {
  const folder = folderOfFile();
  const photos = join(folder, 'photos');
  const workers = new Set<ChildProcess>();
  let redis: Awaited<ReturnType<typeof startRedis>>;

  beforeAll(async () => {
    mkdirSync(join(folder, 'redis'));
    mkdirSync(photos);
    redis = await startRedis(join(folder, 'redis'));
    const size = { width: 32, height: 24 };
    for (let index = 0; index < IMAGES; index++) {
      const pixels = Uint8Array.from({ length: 3 * size.width * size.height }, (_, at) => (at * (index + 3) * 7) % 256);
      const file = join(photos, `${String(index).padStart(4, '0')}.png`);
      await sharp(pixels, { raw: { ...size, channels: 3 } }).toFile(file);
    }
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all([...workers].map((worker) => once(worker, 'close')));
  });
  afterAll(() => redis?.stop());

  /** A worker with one core, and what it says. */
  function startWorker(): ChildProcess & { said: string } {
    const parameters = ['worker', '--queue', redis.address, '--concurrency', '1', '--silence', '3'];
    const worker = Object.assign(start(folder, parameters), { said: '' });
    workers.add(worker);
    worker.stderr!.on('data', (data) => {
      worker.said += data;
    });
    worker.once('close', () => workers.delete(worker));
    return worker;
  }

  it(`predicts each of ${IMAGES} images once, as one process does, though workers, Redis and the client end again and again`, async () => {
    const predict = ['predict', 'tiny', 'photos', '--format', 'png16,npy'];
    expect(await ended(start(folder, [...predict, '--out', 'one']))).toMatchObject({ code: 0 });
    const queued = [...predict, '--out', 'queued', '--queue', redis.address, '--job-size', '25'];
    const all = [startWorker(), startWorker(), startWorker(), startWorker()];
    const first = start(folder, queued);
    let isDone = false;
    let kills = 0;
    let restart = Promise.resolve();
    const restartRedis = async () => {
      await redis.stop();
      await setTimeout(1000);
      await redis.start();
    };
    const killing = (async () => {
      while (!isDone) {
        await setTimeout(1000 * SECONDS_BETWEEN_KILLS);
        if (isDone) return;
        const place = kills++ % all.length;
        all[place]!.kill('SIGKILL');
        all[place] = startWorker();
        if (kills === 2) {
          restart = restartRedis();
          await restart;
        }
        if (kills === 3) first.kill('SIGKILL');
      }
    })();
    await ended(first);
    // A client that begins while there is none says so, and ends.
    await restart;
    const { code, stdout } = await ended(start(folder, queued));
    isDone = true;
    await killing;
    expect(code).toBe(0);
    const [, predicted, total, skipped = 0] =
      /Predicted (\d+) of (\d+) images into queued by workers(?:; (\d+) predicted before)?/.exec(stdout)!.map(Number);
    expect(total).toBe(IMAGES);
    expect(predicted! + Number(skipped || 0)).toBe(IMAGES);
    const results = filesOf(join(folder, 'queued'));
    expect([...results.keys()].filter((name) => name.endsWith('.npy'))).toHaveLength(IMAGES);
    expect(results).toEqual(filesOf(join(folder, 'one')));
    console.log(`${IMAGES} images; ${kills} workers were killed.`);
  });

  it(`trains ${4 * SEEDS} runs to the table of one process, though a worker is killed in a training and another told to stop`, async () => {
    const names = ['no-language-model', 'random-frozen', 'no-prompt'];
    const ablate = ['ablate', '--quick', '--out', 'ablation', '--seeds', String(SEEDS)].concat(
      names.flatMap((name) => ['--variant', name]),
    );
    const [one, queued] = ['one-process', 'by-workers'].map((name) => join(folder, name)) as [string, string];
    for (const each of [one, queued]) mkdirSync(each);
    expect(await ended(start(one, ablate))).toMatchObject({ code: 0 });
    const [killed, stopped] = Array.from({ length: SEEDS > 1 ? 4 : 3 }, startWorker);
    const client = ended(start(queued, [...ablate, '--queue', redis.address]));
    await said(killed!, 'Training in');
    killed!.kill('SIGKILL');
    startWorker();
    await said(stopped!, 'Training in');
    stopped!.kill('SIGTERM');
    await once(stopped!, 'close');
    expect(stopped!.said).toMatch(/given back/);
    startWorker();
    expect(await client).toMatchObject({ code: 0 });
    const table = (path: string) => readFileSync(join(path, 'ablation', 'ablation.md'), 'utf8');
    expect(table(queued)).toBe(table(one));
    expect(table(one)).toContain('| whole model |');
  });

  it('goes on after a full disk has room again', async ({ skip }) => {
    const out = join(folder, 'small-disk');
    mkdirSync(out);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', out]).status !== 0)
      skip('It may not mount a disk.');
    onTestFinished(() => {
      execFileSync('umount', [out]);
    });
    startWorker();
    const few = join(folder, 'few');
    mkdirSync(few);
    for (const name of readdirSync(photos).slice(0, 40)) {
      execFileSync('cp', [join(photos, name), join(few, name)]);
    }
    const predict = ['predict', 'tiny', 'few', '--out', 'small-disk', '--format', 'npy', '--queue', redis.address];
    const full = await ended(start(folder, predict));
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(/(the disk is full|no space left).*\(worker on /);
    execFileSync('mount', ['-o', 'remount,size=20m', out]);
    expect(await ended(start(folder, predict))).toMatchObject({ code: 0 });
    expect(
      await ended(start(folder, ['predict', 'tiny', 'few', '--out', 'large-disk', '--format', 'npy'])),
    ).toMatchObject({ code: 0 });
    expect(filesOf(out)).toEqual(filesOf(join(folder, 'large-disk')));
  });

  it('ends when it is told to, though Redis is away', async () => {
    const worker = startWorker();
    await said(worker, 'Waiting for jobs');
    await redis.stop();
    await said(worker, 'does not answer');
    const closed = once(worker, 'close');
    worker.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    await redis.start();
  });

  it('says what is wrong in a sentence, and loses nothing', async () => {
    const wrong = redis.address.replace('secret', 'wrong');
    for (const command of [['worker'], ['predict', 'tiny', 'photos', '--out', 'refused']]) {
      const { code, stderr } = await ended(start(folder, [...command, '--queue', wrong]));
      expect(code).toBe(1);
      expect(stderr).toMatch(/Redis at 127\.0\.0\.1:\d+ refuses the password/);
    }
    startWorker();
    const notes: string[] = [];
    const queue: JobQueue<CommandWork, unknown> = await redisQueue(redis.address, (note) => notes.push(note));
    onTestFinished(() => queue.close());
    const work: CommandWork = { kind: 'command', parameters: ['doctor'], directory: folder, folder };
    const ignore = { onDone() {}, onFailed() {} };
    const noted = async (text: string) => {
      while (!notes.some((note) => note.includes(text))) await setTimeout(200);
    };
    const failed = new Promise((resolve) => {
      const jobs = [createJob('broken', { ...work, parameters: ['evaluate', 'no-such-model'] })];
      void queue.run(jobs, { onDone() {}, onFailed: (_job, problem) => resolve(problem) });
    });
    expect(await failed).toMatch(/no-such-model.*\(worker on /);
    void queue.run([{ ...createJob('old', work), version: '0.0.9' }], ignore).catch(() => {});
    await noted('The job is of version 0.0.9 of llm-mde, and this worker is version');
    const absent = join(folder, 'not-mounted');
    void queue.run([createJob('elsewhere', { ...work, folder: absent })], ignore).catch(() => {});
    await noted(`does not see the folder ${absent}: a worker needs the same folders at the same paths`);
  });
});

function start(cwd: string, parameters: readonly string[]): ChildProcess {
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1', LLM_MDE_THREADS: '1', LLM_MDE_DEVICE: 'cpu' };
  return spawn(process.execPath, [cli, ...parameters], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (data) => {
      texts[name] += data;
    });
  }
  const [code] = await once(child, 'close');
  return { code, ...texts };
}

async function said(worker: ChildProcess & { said: string }, text: string): Promise<void> {
  while (!worker.said.includes(text)) {
    if (worker.exitCode !== null) throw new Error(worker.said);
    await setTimeout(20);
  }
}

/** Files by name, without what a killed program was writing. */
function filesOf(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(path, join(parentPath, name))).sort();
  const written = names.filter((name) => !name.endsWith('.tmp'));
  return new Map(written.map((name) => [name, readFileSync(join(path, name), 'hex')]));
}
