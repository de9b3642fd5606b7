import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type util from 'node:util';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { DeviceError, firstLine, type LoadedBackend, type OpenRequest } from '../device.js';
import { loadLibraryBackend } from './library-backend.js';
import { probeInChild } from './probe-in-child.js';
import { processorName } from './processor.js';

const require = createRequire(import.meta.url);

/** TensorFlow on the CPU: the package `@tensorflow/tfjs-node`. */
export async function loadNative(): Promise<LoadedBackend> {
  const { libraryVersion, backend } = await loadTensorflow('tfjs-node');
  return { backend, libraryVersion, backendName: 'tensorflow', hardware: processorName(), isSoftware: false };
}

/** TensorFlow on an NVIDIA GPU: the package `@tensorflow/tfjs-node-gpu`. */
export async function loadCuda({ explicit }: OpenRequest): Promise<LoadedBackend> {
  requireNvidiaDriver();
  findBinding('tfjs-node-gpu');
  // Both packages register the backend `tensorflow` and its kernels, and this one also where it finds no GPU: loading it in vain would leave
  // `native` on it. So `auto` loads it here only once it has computed on the GPU in another process.
  if (!explicit) await probeInChild('cuda');
  return loadCudaHere();
}

/** The same without the probe. */
export async function loadCudaHere(): Promise<LoadedBackend> {
  const { libraryVersion, backend } = await loadTensorflow('tfjs-node-gpu');
  if (!backend.isUsingGpuDevice) {
    throw new DeviceError(
      `${libraryVersion} loads but finds no GPU that it can use, as when its CUDA libraries are missing: run \`npm run native -- --gpu\` in ` +
        'the repository, and set TF_CPP_MIN_LOG_LEVEL=0 to see what TensorFlow says.',
    );
  }
  return { backend, libraryVersion, backendName: 'tensorflow', hardware: gpuName(), isSoftware: false };
}

type PackageName = 'tfjs-node' | 'tfjs-node-gpu';

let loadedPackage: PackageName | undefined;

interface TensorflowBackend extends KernelBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

async function loadTensorflow(packageName: PackageName) {
  findBinding(packageName);
  if (loadedPackage && loadedPackage !== packageName) {
    throw new DeviceError(
      `this process has loaded @tensorflow/${loadedPackage} before, and TensorFlow's two libraries don't fit into one: open it in another process.`,
    );
  }
  // TensorFlow's start-up notes; errors stay.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreRemovedFunctions();
  try {
    require(`@tensorflow/${packageName}`);
  } catch (error) {
    throw new DeviceError(
      `the native library of @tensorflow/${packageName} does not load (${firstLine(error)}): ${rebuild(packageName)}.`,
    );
  }
  loadedPackage = packageName;
  const backend = (await loadLibraryBackend('tensorflow')) as TensorflowBackend;
  const { version } = require(`@tensorflow/${packageName}/package.json`);
  return { backend, libraryVersion: `TensorFlow ${backend.binding.TF_Version} (${packageName} ${version})` };
}

/** Checks that a package and its native library are there, without loading either. */
function findBinding(packageName: PackageName): void {
  let folder: string;
  try {
    folder = dirname(require.resolve(`@tensorflow/${packageName}/package.json`));
  } catch {
    throw new DeviceError(
      `@tensorflow/${packageName} is not installed: run \`npm install @tensorflow/${packageName}\`.`,
    );
  }
  // Every supported Node offers Node-API 8, the highest that these packages are built for.
  if (!existsSync(join(folder, 'lib/napi-v8/tfjs_binding.node'))) {
    throw new DeviceError(
      `@tensorflow/${packageName} is installed without its native library: ${rebuild(packageName)}.`,
    );
  }
}

function rebuild(packageName: PackageName): string {
  const command = packageName === 'tfjs-node' ? 'npm run native' : 'npm run native -- --gpu';
  return `run \`${command}\` in the repository, or reinstall it where storage.googleapis.com can be reached`;
}

/** tfjs-node 4.22 calls two functions of `util` that Node 22 warns of and Node 23 removed. */
function restoreRemovedFunctions(): void {
  Object.assign(require('node:util') as typeof util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
}

const DRIVER_SIGNS: Partial<Record<NodeJS.Platform, string[]>> = {
  // The last is Windows' own driver as Linux under Windows (WSL 2) sees it.
  linux: ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/usr/lib/wsl/lib/libcuda.so.1'],
  win32: [join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'nvcuda.dll')],
};

function requireNvidiaDriver(): void {
  const signs = DRIVER_SIGNS[process.platform];
  if (!signs) throw new DeviceError(`CUDA does not exist for ${process.platform}: use webgpu for this machine's GPU.`);
  if (!signs.some((file) => existsSync(file))) {
    throw new DeviceError("there is no NVIDIA driver here: install NVIDIA's driver if the machine has such a GPU.");
  }
}

/** The GPU that TensorFlow computes on, in words, as far as NVIDIA's own tool tells it. */
function gpuName(): string {
  const first = process.env.CUDA_VISIBLE_DEVICES?.split(',')[0]?.trim();
  const which = first ? [`--id=${first}`] : [];
  try {
    const query = ['--query-gpu=name,driver_version', '--format=csv,noheader', ...which];
    const output = execFileSync('nvidia-smi', query, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    const [name, driver] = output.trim().split('\n')[0]!.split(', ');
    return `${name}, driver ${driver}`;
  } catch {
    return 'NVIDIA GPU';
  }
}
