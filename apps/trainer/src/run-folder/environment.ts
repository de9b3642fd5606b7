import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Device } from '@llm-mde/backend';
import { version } from '../version.js';

/** On what a run ran: what a reader needs to repeat it. */
export interface Environment {
  date: string;
  command: string[];
  version: string;
  gitCommit: string | null;
  device: Pick<Device, 'name' | 'hardware' | 'libraryVersion'> & {
    passedOver: readonly { device: string; reason: string }[];
  };
  node: string;
  platform: string;
  processor: string;
  cores: number;
  memoryGigabytes: number;
}

export function describeEnvironment(device: Device): Environment {
  return {
    date: new Date().toISOString(),
    command: process.argv.slice(2),
    version,
    gitCommit: gitCommit(),
    device: {
      name: device.name,
      hardware: device.hardware,
      libraryVersion: device.libraryVersion,
      passedOver: device.skipped,
    },
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
  };
}

/** Of the folder that the program was started in, if that is a checkout. */
function gitCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
