import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { presentDevices, webgpuEnvironment } from './devices.mjs';

const common = {
  include: ['src/**/*.test.ts'],
  // A device belongs to its process: tfjs-node and Dawn are native code that worker threads would share.
  pool: 'forks',
  // WebGPU without a GPU computes hundreds of times slower, and tests assert no times.
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

/** Tests of a package that needs no tensors. */
export function packageTests(options = {}) {
  return defineConfig({ test: { ...common, ...options } });
}

/**
 * Tests of a tensor package: every test file runs once on each device that this machine has, with that device already open
 * (see setup-device.mjs). `LLM_MDE_DEVICE=wasm npm test` narrows it to one.
 *
 * @param options.compiled Globs of test files that also run with their functions compiled, on each device that compiles; they look at
 * LLM_MDE_COMPILED.
 */
export function devicePackageTests({ compiled = [], ...options } = {}) {
  const project = (device, changes = {}, environment = {}) => ({
    test: {
      ...common,
      name: device,
      ...options,
      ...changes,
      env: {
        LLM_MDE_DEVICE: device,
        ...(device === 'webgpu' ? webgpuEnvironment() : {}),
        ...options.env,
        ...environment,
      },
      setupFiles: [fileURLToPath(new URL('./setup-device.mjs', import.meta.url)), ...(options.setupFiles ?? [])],
    },
  });
  const compiledProject = (device) =>
    project(device, { name: `${device} compiled`, include: compiled }, { LLM_MDE_COMPILED: '1' });
  const projects = presentDevices().flatMap((device) => [
    // What `cpu` does not compile runs on wasm, which is tested as itself.
    ...(device === 'cpu' ? [] : [project(device)]),
    ...(compiled.length > 0 && (device === 'cpu' || device === 'webgpu') ? [compiledProject(device)] : []),
  ]);
  return defineConfig({ test: { projects, fileParallelism: false } });
}
