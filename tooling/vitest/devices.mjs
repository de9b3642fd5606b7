// Which devices this machine can open, found by opening each in a process of its own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const DEVICES = ['cuda', 'webgpu', 'cpu', 'native', 'wasm'];

// Debian's chromium package brings SwiftShader, a software Vulkan driver: slow, but it runs every WebGPU kernel.
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Whether all tests run (`npm run test:all`), the slow ones and every device's included. */
export const testAll = Boolean(process.env.LLM_MDE_TEST_ALL);

/** The only device to test on, if LLM_MDE_DEVICE names one. */
export const namedDevice = process.env.LLM_MDE_DEVICE === 'auto' ? undefined : process.env.LLM_MDE_DEVICE || undefined;

/** Devices to run tests on that run on each: by default those that need nothing installed, where all tests run every one of this machine. */
export function testDevices() {
  return testAll || namedDevice ? presentDevices() : ['cpu', 'wasm'];
}

/** Environment in which `webgpu` finds SwiftShader, unless a driver was already named. */
export function webgpuEnvironment() {
  const named = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  return !named && existsSync(SWIFTSHADER) ? { VK_ICD_FILENAMES: SWIFTSHADER } : {};
}

/** Names of the devices that open here. `LLM_MDE_DEVICE` narrows them to one, `LLM_MDE_DEVICES_PRESENT` (comma separated) skips the probing. */
export function presentDevices() {
  if (namedDevice) return [namedDevice];
  if (process.env.LLM_MDE_DEVICES_PRESENT) return process.env.LLM_MDE_DEVICES_PRESENT.split(',');
  const present = DEVICES.filter(canOpen);
  process.env.LLM_MDE_DEVICES_PRESENT = present.join(',');
  return present;
}

function canOpen(device) {
  const backend = new URL('../../packages/backend/dist/index.js', import.meta.url);
  if (!existsSync(backend)) throw new Error('packages/backend is not built yet: run `npm run build` first.');
  const program = `import(${JSON.stringify(backend.href)})
    .then(({ openDevice }) => openDevice({ device: '${device}' }))
    .then(() => process.exit(0), () => process.exit(1));`;
  const environment = { ...process.env, ...webgpuEnvironment(), LLM_MDE_DEVICE: '' };
  return spawnSync(process.execPath, ['-e', program], { env: environment, timeout: 60_000 }).status === 0;
}
