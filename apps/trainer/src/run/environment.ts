import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Device } from '@llm-mde/backend';
import manifest from '../../package.json' with { type: 'json' };

/** Where a run ran: what it takes to reproduce it. */
export type Environment = ReturnType<typeof describeEnvironment>;

export function describeEnvironment({ name, hardware, libraryVersion, threads, skipped }: Device) {
  return {
    date: new Date().toISOString(),
    command: process.argv.slice(2),
    version: manifest.version,
    gitCommit: gitCommit(),
    device: { name, hardware, libraryVersion, threads, skipped },
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
  };
}

/** Of the working directory, if it is a git checkout. */
function gitCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
