import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DEVICE_NAMES, type DeviceName } from '@llm-mde/backend';
import type { ExamineMessage, OpenedDevice } from './examine-device.js';
import type { Rates } from './measure-rates.js';

/** The result of `llm-mde doctor`; `--json` prints it as it is. */
export interface Examination {
  node: string;
  platform: string;
  /** The device that `auto` selects on this machine; null if none is available. */
  auto: DeviceName | null;
  /** Value of the environment variable `LLM_MDE_DEVICE`, which all other commands follow; null if it is not set. */
  environmentDevice: string | null;
  devices: ExaminedDevice[];
}

export interface ExaminedDevice {
  device: DeviceName;
  /** Whether it opens when asked for by name. */
  available: boolean;
  hardware: string | null;
  libraryVersion: string | null;
  /** CPU threads; null where the library chooses. */
  threads: number | null;
  isSoftware: boolean;
  rates: Rates | null;
  /** One sentence: why it is not available, why `auto` skips it, or why it has no rates; null if all is well. */
  reason: string | null;
}

export interface ExamineOptions {
  /** The program that examines one device; the default is examine-device.ts as built. */
  program?: string;
  /** Time limit for one device. The default, two minutes, is far above what a slow one needs. */
  seconds?: number;
  onProgress?(text: string, done: number, total: number): void;
}

/** Examines every device, one after the other so that they do not share the processor, each in its own process so that a crash ends only that. */
export async function examineDevices(options: ExamineOptions = {}): Promise<Examination> {
  const total = 1 + DEVICE_NAMES.length;
  options.onProgress?.('auto', 0, total);
  const auto = await examine('auto', options);
  const devices: ExaminedDevice[] = [];
  for (const device of DEVICE_NAMES) {
    options.onProgress?.(device, 1 + devices.length, total);
    const { opened, rates, reason } = await examine(device, options);
    const skipped = auto.opened?.skipped.find((other) => other.device === device);
    devices.push({
      device,
      available: opened !== null,
      hardware: opened?.hardware ?? null,
      libraryVersion: opened?.libraryVersion ?? null,
      threads: opened?.threads ?? null,
      isSoftware: opened?.isSoftware ?? false,
      rates,
      reason: reason ?? skipped?.reason ?? null,
    });
  }
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    auto: auto.opened?.name ?? null,
    environmentDevice: process.env.LLM_MDE_DEVICE || null,
    devices,
  };
}

interface Outcome {
  opened: OpenedDevice | null;
  rates: Rates | null;
  reason: string | null;
}

async function examine(device: DeviceName | 'auto', options: ExamineOptions): Promise<Outcome> {
  const { program = builtProgram(), seconds = 120 } = options;
  const outcome: Outcome = { opened: null, rates: null, reason: null };
  const child = fork(program, [device], {
    execArgv: [],
    env: { ...process.env, LLM_MDE_DEVICE: '' },
    // The output of libraries is not part of the report.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
  });
  child.on('message', (message: ExamineMessage) => {
    Object.assign(outcome, message);
  });
  try {
    // A process can exit before its last message has been read.
    const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    const isComplete = outcome.reason || outcome.rates || (device === 'auto' && outcome.opened);
    // How a process ends after its last message does not matter.
    return isComplete ? outcome : { ...outcome, reason: whyItEnded(child.killed, code ?? signal, outcome, seconds) };
  } catch (error) {
    return { ...outcome, reason: `its process could not be started (${(error as Error).message}): try again.` };
  }
}

function builtProgram(): string {
  return fileURLToPath(new URL('./examine-device.js', import.meta.url));
}

function whyItEnded(isLate: boolean, end: number | string, { opened }: Outcome, seconds: number): string {
  const when = opened ? 'when it computed' : 'when it was opened';
  const what = isLate ? `did not answer within ${seconds} seconds` : `crashed (${end})`;
  return `its library ${what} ${when}: update the driver or reinstall the library.`;
}
