import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DEVICE_NAMES, type DeviceName, type SkippedDevice } from '@llm-mde/backend';
import type { ExamineMessage, OpenedDevice, Rates } from './examine-device.js';

/** What `llm-mde doctor` finds out; `--json` prints it as it is. */
export interface Examination {
  node: string;
  platform: string;
  /** The device that `auto` takes on this machine; null where none opens. */
  auto: DeviceName | null;
  /** Value of the environment variable `LLM_MDE_DEVICE`, which every other program follows; null where it is not set. */
  environmentDevice: string | null;
  devices: ExaminedDevice[];
}

export interface ExaminedDevice {
  device: DeviceName;
  /** Whether it opens when asked for by name. */
  opens: boolean;
  hardware: string | null;
  libraryVersion: string | null;
  isSoftware: boolean;
  rates: Rates | null;
  /** One sentence: why it doesn't open, why `auto` passes it over, or why it has no rates; null for a device in good health. */
  reason: string | null;
}

export interface ExamineOptions {
  /** The program that examines one device; the default is examine-device.ts as built. */
  program?: string;
  /** Time limit for one device. The default, two minutes, is far above what a slow one needs. */
  seconds?: number;
  onProgress?(text: string): void;
}

/** Examines every device, one after the other so that they don't share the processor, each in a process of its own: one that crashes ends only that. */
export async function examineDevices(options: ExamineOptions = {}): Promise<Examination> {
  options.onProgress?.('looking for the best device');
  const auto = await examine('auto', options);
  const devices: ExaminedDevice[] = [];
  for (const device of DEVICE_NAMES) {
    options.onProgress?.(`trying ${device}`);
    devices.push(describe(device, await examine(device, options), auto.opened?.skipped ?? []));
  }
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    auto: auto.opened?.name ?? null,
    environmentDevice: process.env.LLM_MDE_DEVICE || null,
    devices,
  };
}

function describe(
  device: DeviceName,
  { opened, rates, reason }: Outcome,
  skipped: readonly SkippedDevice[],
): ExaminedDevice {
  return {
    device,
    opens: opened !== null,
    hardware: opened?.hardware ?? null,
    libraryVersion: opened?.libraryVersion ?? null,
    isSoftware: opened?.isSoftware ?? false,
    rates,
    reason: reason ?? skipped.find((other) => other.device === device)?.reason ?? null,
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
    // What libraries print is no part of the report.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
  });
  child.on('message', (message: ExamineMessage) => {
    Object.assign(outcome, message);
  });
  try {
    // A process can be gone before its last message has been read.
    const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    const isComplete = outcome.reason || outcome.rates || (device === 'auto' && outcome.opened);
    // How a process ends once it has said all does not matter here.
    return isComplete ? outcome : { ...outcome, reason: whyItBrokeOff(child.killed, code ?? signal, outcome, seconds) };
  } catch (error) {
    return { ...outcome, reason: `no process could be started for it (${(error as Error).message}): try again.` };
  }
}

function builtProgram(): string {
  return fileURLToPath(new URL('./examine-device.js', import.meta.url));
}

function whyItBrokeOff(isLate: boolean, end: number | string, { opened }: Outcome, seconds: number): string {
  const when = opened ? 'when it computed' : 'when it was opened';
  const what = isLate ? `did not answer within ${seconds} seconds` : `crashed (${end})`;
  return `its library ${what} ${when}: update the driver or reinstall the library.`;
}
