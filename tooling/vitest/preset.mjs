import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { presentDevices, webgpuEnvironment } from './devices.mjs';

const common = {
  include: ['src/**/*.test.ts'],
  // A device belongs to its process: tfjs-node and Dawn are native code that worker threads would share.
  pool: 'forks',
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

/** Tests of a package that needs no tensors. */
export function packageTests(options = {}) {
  return defineConfig({ test: { ...common, ...options } });
}

/**
 * Tests of a tensor package: every test file runs once on each device that this machine has, with that device already open
 * (see setup-device.mjs). `LLM_MDE_DEVICE=wasm npm test` narrows it to one.
 */
export function devicePackageTests(options = {}) {
  const project = (device) => ({
    test: {
      ...common,
      name: device,
      env: { LLM_MDE_DEVICE: device, ...(device === 'webgpu' ? webgpuEnvironment() : {}) },
      ...options,
      setupFiles: [fileURLToPath(new URL('./setup-device.mjs', import.meta.url)), ...(options.setupFiles ?? [])],
    },
  });
  return defineConfig({ test: { projects: presentDevices().map(project), fileParallelism: false } });
}
