import { createRequire } from 'node:module';
import { DeviceError, firstLine, type LoadedBackend, type OpenRequest } from '../device.js';
import { compileFor } from './compile-node.js';
import { onnxRuntimeVersion } from './onnx-runtime.js';
import { probeInChild } from './probe-in-child.js';
import { webgpuLibrary } from './tensorflow-files.js';
import { loadWebgpu } from './webgpu.js';

const require = createRequire(import.meta.url);

const NO_GPU =
  'Dawn found no GPU: install a driver with Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS); on Linux `vulkaninfo --summary` should list it.';

/** The WebGPU backend in Node, on Dawn from the npm package `webgpu`. */
export async function loadWebgpuInNode({ explicit, threads }: OpenRequest): Promise<LoadedBackend> {
  if (!globalThis.navigator?.gpu) requireDawn();
  onnxRuntimeVersion(); // Compiled functions need it.
  // Found out in another process first: a driver can crash its process, and Dawn prints what it does not find.
  if (!explicit) await probeInChild('webgpu');
  return loadWebgpuHere(explicit, threads);
}

/** The same without the probe. Nothing of it keeps the process alive. */
export async function loadWebgpuHere(allowSoftware: boolean, threads?: number): Promise<LoadedBackend> {
  const { provider, remove } = await provideNavigatorGpu();
  try {
    const loaded = await loadWebgpu(webgpuLibrary, allowSoftware, NO_GPU);
    const release = () => {
      loaded.release?.();
      remove();
    };
    const compiler = await compileFor('webgpu', threads);
    return { ...loaded, ...compiler, libraryVersion: `${loaded.libraryVersion} (${provider})`, release };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Gives this process the `navigator.gpu` that browsers have, and takes it away again. */
async function provideNavigatorGpu(): Promise<{ provider: string; remove(): void }> {
  if (globalThis.navigator?.gpu) return { provider: "the program's own navigator.gpu", remove: () => {} };
  const { create, globals } = await importDawn();
  const hasNavigator = Boolean(globalThis.navigator);
  // Node 20 has none; the value is what later ones say.
  if (!hasNavigator) {
    const value = { userAgent: `Node.js/${process.versions.node.split('.')[0]}` };
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
  }
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true });
  return {
    provider: `webgpu ${require('webgpu/package.json').version}`,
    remove: () => {
      Reflect.deleteProperty(globalThis.navigator, 'gpu');
      if (!hasNavigator) Reflect.deleteProperty(globalThis, 'navigator');
    },
  };
}

function requireDawn(): void {
  try {
    require.resolve('webgpu');
  } catch {
    throw new DeviceError(
      'the npm package webgpu is not installed: run `npm install webgpu` if the machine has a GPU.',
    );
  }
}

async function importDawn(): Promise<typeof import('webgpu')> {
  try {
    return await import('webgpu');
  } catch (error) {
    throw new DeviceError(
      `the npm package webgpu has no library that loads on ${process.platform}-${process.arch} here (${firstLine(error)}): ` +
        'reinstall it, or use another device.',
    );
  }
}
