// Photographs and trainings an hour by workers of a queue, on this machine: npm run bench -- workers [--images 400] [--model tiny] [--rounds 2] [--only trainings]
//
// Starts a Redis of its own (Debian's package redis-server). Each worker is pinned to a core (taskset), core by core; numbers of workers take turns,
// so that what else the machine does meets all of them. Beside the time, a row has the time on a processor that the workers took: on a
// machine that is busy otherwise, only that says what a core can do.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '400' },
    model: { type: 'string', default: 'tiny' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    'job-size': { type: 'string', default: '50' },
    port: { type: 'string', default: '16379' },
  },
});
const cli = fileURLToPath(new URL('../../apps/trainer/dist/cli.js', import.meta.url));
const samples = fileURLToPath(new URL('../../apps/demo/src/page/public/samples/', import.meta.url));
const cores = availableParallelism();
const folder = mkdtempSync(join(tmpdir(), 'llm-mde-workers-'));
const queue = `redis://127.0.0.1:${values.port}`;
const environment = { ...process.env, LLM_MDE_THREADS: '1', LLM_MDE_DEVICE: 'cpu', ORT_DISABLE_TELEMETRY: '1' };
/** Of a tick of a processor, as `getconf CLK_TCK` says. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const redis = spawn('redis-server', ['--bind', '127.0.0.1', '--port', values.port, '--save', '', '--dir', folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
redis.on('error', () => {
  console.error('There is no redis-server: apt-get install redis-server.');
  process.exit(1);
});
await seen(redis.stdout, 'Ready to accept connections');
try {
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  const given = readdirSync(samples).filter((name) => name.endsWith('.jpg'));
  for (let index = 0; index < Number(values.images); index++) {
    copyFileSync(join(samples, given[index % given.length]), join(photos, `${index}.jpg`));
  }
  const size = ['--job-size', values['job-size']];
  const predict = (out) => ['predict', values.model, photos, '--out', out, '--format', 'png16', ...size];
  const train = (out) => ['ablate', '--quick', '--variant', 'no-language-model', '--seeds', '4', '--out', out];
  for (const [title, command, count] of [
    [`photographs, by ${values.model}`, predict, Number(values.images)],
    ['trainings of ablate --quick', train, 8],
  ]) {
    if (!title.startsWith(values.only)) continue;
    console.log(`\n| ${title} | workers | an hour | an hour of a processor |\n| --- | ---: | ---: | ---: |`);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const workers of round === 0 ? [1, 2, 4] : [1, 2]) {
        const { seconds, busy } = await measure(workers, command(join(folder, `${count}-${round}-${workers}`)));
        const hourly = (time) => Math.round((3600 * count) / time).toLocaleString('en');
        console.log(`| ${round + 1} | ${workers} | ${hourly(seconds)} | ${hourly(busy)} |`);
      }
    }
  }
  console.log(`\n${cores} cores; load of the last 15 minutes ${loadavg()[2].toFixed(1)}.`);
} finally {
  redis.kill('SIGTERM');
  await once(redis, 'close');
  rmSync(folder, { recursive: true });
}

/** Time from the command to its end, with workers that wait already, and what they and their children took of processors. */
async function measure(count, command) {
  const workers = Array.from({ length: count }, (_, place) =>
    spawn(
      'taskset',
      ['-c', String(place % cores), process.execPath, cli, 'worker', '--queue', queue, '--concurrency', '1'],
      { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
    ),
  );
  try {
    await Promise.all(workers.map((worker) => seen(worker.stderr, 'Waiting for jobs')));
    const before = workers.map(busySeconds);
    const started = performance.now();
    const client = spawn(process.execPath, [cli, ...command, '--queue', queue], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(client, 'close');
    if (code !== 0) throw new Error(`llm-mde ${command[0]} ended with ${code}.`);
    const seconds = (performance.now() - started) / 1000;
    const busy = workers.reduce((sum, worker, place) => sum + busySeconds(worker) - before[place], 0);
    return { seconds, busy };
  } finally {
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all(workers.map((worker) => worker.exitCode ?? once(worker, 'close')));
  }
}

/** Of a process and of its children that have ended. */
function busySeconds({ pid }) {
  const [, after] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const ticks = after.split(' ').slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS;
}

async function seen(stream, text) {
  let said = '';
  for await (const data of stream.iterator({ destroyOnReturn: false })) {
    said += data;
    if (said.includes(text)) break;
  }
  stream.resume();
}
