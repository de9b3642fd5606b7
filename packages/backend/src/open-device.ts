import { eager } from '@llm-mde/compile/eager';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatMul } from './check-mat-mul.js';
import {
  DEVICE_NAMES,
  type Device,
  DeviceError,
  type DeviceLoader,
  type DeviceName,
  firstLine,
  type LoadedBackend,
  type OpenDeviceOptions,
  type SkippedDevice,
} from './device.js';
import { registerBackend } from './devices/library-backend.js';

/** What differs between Node and browsers. */
export interface Platform {
  loaders: Record<DeviceName, DeviceLoader>;
  /** Value of an environment variable, where there is one. */
  environment(name: 'LLM_MDE_DEVICE' | 'LLM_MDE_THREADS'): string | undefined;
  /** Tells of what is slow and need not be, once; missing where nothing could be done about it. */
  warn?(text: string): void;
}

/** `openDevice` for one platform; index.ts says what it promises. */
export function createOpenDevice(platform: Platform): (options?: OpenDeviceOptions) => Promise<Device> {
  return async function openDevice(given: OpenDeviceOptions = {}): Promise<Device> {
    const wanted = wantedDevice(platform, given);
    const options = { ...given, ...wantedThreads(platform, given) };
    const open = shared[OPEN_DEVICE];
    if (!open) return claim(openWanted(platform, wanted, options));
    const device = await open.catch(() => undefined);
    return device ? reuse(device, wanted) : openDevice(options);
  };
}

/** The device of this process that is open or being opened; undefined if there is none. */
export async function currentDevice(): Promise<Device | undefined> {
  return shared[OPEN_DEVICE]?.catch(() => undefined);
}

// On globalThis, where TensorFlow.js keeps its engine too: one per process even if a test runner or bundler loads this module twice.
const OPEN_DEVICE = Symbol.for('@llm-mde/backend:openDevice');
const shared = globalThis as { [OPEN_DEVICE]?: Promise<Device> };

function claim(opening: Promise<Device>): Promise<Device> {
  shared[OPEN_DEVICE] = opening;
  opening.catch(() => delete shared[OPEN_DEVICE]);
  return opening;
}

interface Wanted {
  name: DeviceName | 'auto';
  /** Who asked, for messages: empty, or ` (set by LLM_MDE_DEVICE)`. */
  source: string;
}

function wantedDevice(platform: Platform, options: OpenDeviceOptions): Wanted {
  const fromEnvironment = platform.environment('LLM_MDE_DEVICE');
  const name = fromEnvironment || options.device || 'auto';
  const known: readonly string[] = ['auto', ...DEVICE_NAMES];
  if (!known.includes(name)) {
    const where = fromEnvironment ? 'the environment variable LLM_MDE_DEVICE names' : 'openDevice was asked for';
    throw new DeviceError(`Unknown device: ${where} "${name}"; use one of ${known.join(', ')}.`);
  }
  return { name: name as Wanted['name'], source: fromEnvironment ? ' (set by LLM_MDE_DEVICE)' : '' };
}

function wantedThreads(platform: Platform, { threads }: OpenDeviceOptions): Pick<OpenDeviceOptions, 'threads'> {
  const fromEnvironment = platform.environment('LLM_MDE_THREADS');
  if (!fromEnvironment && threads === undefined) return {};
  const number = Number(fromEnvironment || threads);
  if (Number.isInteger(number) && number > 0 && number <= 1024) return { threads: number };
  const where = fromEnvironment ? 'The environment variable LLM_MDE_THREADS' : "openDevice's option threads";
  throw new DeviceError(
    `${where} must be an integer from 1 to 1024, got ${JSON.stringify(fromEnvironment || threads)}.`,
  );
}

function reuse(device: Device, { name, source }: Wanted): Device {
  if (name === 'auto' || name === device.name) return device;
  throw new DeviceError(
    `This process computes on ${device.name} already, and TensorFlow.js has one backend per process: close() that device before opening ` +
      `${name}${source}, or use another process.`,
  );
}

async function openWanted(platform: Platform, { name, source }: Wanted, options: OpenDeviceOptions): Promise<Device> {
  if (name === 'auto') return openBest(platform, options);
  try {
    return await openOne(name, await platform.loaders[name]({ ...options, explicit: true }), []);
  } catch (error) {
    const reason = reasonOf(error);
    throw new DeviceError(`The device ${name}${source} can't be opened: ${reason}`, { cause: error, reason });
  }
}

async function openBest(platform: Platform, options: OpenDeviceOptions): Promise<Device> {
  const skipped: SkippedDevice[] = [];
  for (const name of DEVICE_NAMES) {
    try {
      const device = await openOne(name, await platform.loaders[name]({ ...options, explicit: false }), skipped);
      const cpu = skipped.find((other) => other.device === 'cpu');
      if (name === 'wasm' && cpu)
        platform.warn?.(`Computing on wasm, the slowest device. cpu is faster, but ${cpu.reason}`);
      return device;
    } catch (error) {
      skipped.push({ device: name, reason: reasonOf(error) });
    }
  }
  const reasons = skipped.map(({ device, reason }) => `\n- ${device}: ${reason}`).join('');
  throw new DeviceError(`No device can be opened:${reasons}`);
}

async function openOne(name: DeviceName, loaded: LoadedBackend, skipped: SkippedDevice[]): Promise<Device> {
  await activate(loaded);
  const { backend, release, compile: compiler, ...description } = loaded;
  const functions = new Set<{ dispose(): Promise<void> }>();
  const device: Device = {
    name,
    ...description,
    compiles: compiler !== undefined,
    compile(fn, options) {
      const compiled = (compiler ?? eager)(fn, options);
      functions.add(compiled);
      const { dispose } = compiled;
      compiled.dispose = () => {
        functions.delete(compiled); // It holds a model.
        return dispose();
      };
      return compiled;
    },
    skipped,
    async close() {
      const open = await shared[OPEN_DEVICE]?.catch(() => undefined);
      if (open !== device) return;
      delete shared[OPEN_DEVICE];
      for (const compiled of functions) await compiled.dispose();
      letGo(loaded);
    },
  };
  return device;
}

/** Makes a loaded backend the one that TensorFlow.js computes on and proves that it does; lets go of it where it fails. */
export async function activate(loaded: LoadedBackend): Promise<void> {
  try {
    registerBackend(loaded.backendName, loaded.backend);
    await tf.setBackend(loaded.backendName);
    await checkMatMul();
  } catch (error) {
    letGo(loaded);
    throw error;
  }
}

function letGo({ backendName, release }: LoadedBackend): void {
  tf.removeBackend(backendName);
  release?.();
}

/** One sentence: this package's own, or the library's put into one. */
export function reasonOf(error: unknown): string {
  return error instanceof DeviceError ? error.reason : `its library fails with "${firstLine(error)}".`;
}
