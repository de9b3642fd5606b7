import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { withoutOptions, withShareOfCores } from '../run/several-processes.js';
import type { Shard } from '../run/shard.js';
import { INTERRUPTED, Interrupted, SIGNALS } from './interruption.js';

export interface ParallelOptions {
  /** How many processes at once. */
  jobs: number;
  /** The part of the runs that this machine does. */
  shard: Shard;
  /** The program and its parameters, which every process gets too. */
  command: readonly [program: string, ...parameters: string[]];
}

/**
 * Runs the same command in several processes at once, each with its own shard of the runs and its own share of the cores: trainings with a core each
 * take less time than the same trainings one by one with all cores.
 *
 * @throws {Interrupted} if a signal stopped it, once each process has saved its run.
 * @throws Error if a process fails; the others go on to their end first.
 */
export async function inParallel({ jobs, shard, command }: ParallelOptions): Promise<void> {
  const children: ChildProcess[] = [];
  for (let job = 0; job < jobs; job++) {
    const part = `${shard.index + shard.count * job + 1}/${shard.count * jobs}`;
    const child = spawn(process.execPath, [...forAll(command), '--shard', part], {
      // In a group of its own, so that Ctrl-C reaches it once: from here.
      detached: true,
      env: withShareOfCores(jobs),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    createInterface(child.stderr).on('line', (line) => console.error(`${job + 1}: ${line}`));
    children.push(child);
  }
  const forward = (signal: NodeJS.Signals) => {
    for (const child of children) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    const ends = await Promise.all(children.map((child) => once(child, 'close') as Promise<[number | null, string]>));
    if (ends.some(([code]) => code === INTERRUPTED)) throw new Interrupted('Saved.');
    const failed = ends.filter(([code]) => code !== 0).length;
    if (failed > 0) {
      throw new Error(`${failed} of ${jobs} processes failed, as said above. Run the same command again to resume.`);
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}

/** The words of a command line that say what to do, and not which part of it a process does. */
export function forAll(words: readonly string[]): string[] {
  return withoutOptions(words, ['--jobs', '--shard', '--queue']);
}
