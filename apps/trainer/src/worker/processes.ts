import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism, freemem } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { withoutOptions, withShareOfCores } from '../run/several-processes.js';
import type { JobEnd } from './redis-worker.js';

/** Memory that a job may need: a training of the preset `small`, or a prediction of large photos. */
const BYTES_PER_JOB = 4e9;

/** As many jobs as memory and cores are there for. */
export function defaultConcurrency(): number {
  // Of a container, what it may still use.
  const available = (process as { availableMemory?(): number }).availableMemory?.() ?? freemem();
  return Math.max(1, Math.min(availableParallelism(), Math.floor(available / BYTES_PER_JOB)));
}

export interface InProcessesOptions {
  concurrency: number;
  signal: AbortSignal;
  onEnd(end: JobEnd): void;
  note(text: string): void;
}

/**
 * Runs this command in several processes at once, each for one job at a time and with its share of the cores. One that is killed, such as for lack
 * of memory, is started again.
 *
 * @throws Error if one ends by itself, which says why.
 */
export async function inProcesses({ concurrency, signal, onEnd, note }: InProcessesOptions): Promise<void> {
  const given = withoutOptions(process.argv.slice(2), ['--concurrency', '--metrics-port']);
  const children = new Set<ChildProcess>();
  const stopAll = () => {
    for (const child of children) child.kill('SIGTERM');
  };
  signal.addEventListener('abort', stopAll);
  let failed = 0;
  const keep = async (place: number) => {
    while (!signal.aborted && failed === 0) {
      const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...given, '--concurrency', '1'], {
        detached: true,
        env: withShareOfCores(concurrency),
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      children.add(child);
      createInterface(child.stderr!).on('line', (line) => console.error(`${place + 1}: ${line}`));
      child.on('message', (end) => onEnd(end as JobEnd));
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      children.delete(child);
      if (signal.aborted || code === 0) return;
      if (code !== null) {
        failed++;
        stopAll();
        return;
      }
      note(`Process ${place + 1} was killed, perhaps for lack of memory: starting it again.`);
      await setTimeout(1000);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, place) => keep(place)));
  if (failed > 0) throw new Error('The worker ended, as said above.');
}
