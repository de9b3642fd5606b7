import { fileURLToPath } from 'node:url';
import { namedDevice, presentDevices, testAll, webgpuEnvironment } from './devices.mjs';

// By default every test runs once, on the fastest device that shows what it tests. With LLM_MDE_TEST_ALL=1 (`npm run test:all`) files named
// *.slow.test.ts run too, and what computes runs on every device of the machine.
const common = {
  include: ['src/**/*.test.ts'],
  // A device belongs to its process: tfjs-node and Dawn are native code that worker threads would share.
  pool: 'forks',
  // WebGPU without a GPU computes hundreds of times slower, and tests assert no times.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // Tests that load ONNX Runtime by themselves; the packages set it too.
  env: { ORT_DISABLE_TELEMETRY: '1' },
};

const slow = testAll ? [] : ['src/**/*.slow.test.ts'];

/**
 * Tests of a package that needs no tensors.
 *
 * @param {import('vitest/config').TestUserConfig} options
 * @returns {import('vitest/config').ViteUserConfig}
 */
export function packageTests(options = {}) {
  return { test: { ...common, ...options, exclude: [...(options.exclude ?? []), ...slow] } };
}

/**
 * Tests of a tensor package, with a device already open (see setup-device.mjs): `wasm`, or the one that `LLM_MDE_DEVICE` names.
 *
 * @param {import('vitest/config').TestUserConfig & { onEveryDevice?: string[], compiled?: string[] }} options `onEveryDevice`: globs of test
 * files that also run on every other device of this machine, where all tests run. `compiled`: globs of test files that also run with their
 * functions compiled (they look at LLM_MDE_COMPILED): on `cpu`, and where all tests run on `webgpu`, on which a file of both lists runs
 * compiled only.
 */
export function devicePackageTests({ onEveryDevice = [], compiled = [], ...options } = {}) {
  const project = (device, changes = {}, environment = {}) => {
    const { test } = packageTests({ name: device, ...options, ...changes });
    test.env = {
      ...common.env,
      LLM_MDE_DEVICE: device,
      ...(device === 'webgpu' ? webgpuEnvironment() : {}),
      ...options.env,
      ...environment,
    };
    test.setupFiles = [fileURLToPath(new URL('./setup-device.mjs', import.meta.url)), ...(options.setupFiles ?? [])];
    return { test };
  };
  const compiledOn = (device) =>
    project(device, { name: `${device} compiled`, include: compiled }, { LLM_MDE_COMPILED: '1' });
  const repeatedOn = (device) => onEveryDevice.filter((files) => device !== 'webgpu' || !compiled.includes(files));

  // What `cpu` does not compile runs on `wasm`.
  const first = namedDevice && namedDevice !== 'cpu' ? namedDevice : 'wasm';
  const devices = testAll ? presentDevices() : [namedDevice ?? 'cpu'];
  const projects = [
    project(first),
    ...devices
      .filter((device) => device !== first && device !== 'cpu' && repeatedOn(device).length > 0)
      .map((device) => project(device, { include: repeatedOn(device) })),
    ...devices.filter((device) => compiled.length > 0 && ['cpu', 'webgpu'].includes(device)).map(compiledOn),
  ];
  return { test: { projects, fileParallelism: false } };
}
