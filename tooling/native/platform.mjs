// Where TensorFlow publishes wheels with the C API, and what its libraries and pip packages are called there.
import { TENSORFLOW } from './versions.mjs';

/**
 * What a platform needs: `{ name, libraries, linkFlags }`. Throws where TensorFlow publishes no
 * suitable wheel. `machine` is this one unless a test describes another: `{ system, architecture, glibc }`.
 */
export function describePlatform(machine = thisMachine(), { gpu = false } = {}) {
  const { system, architecture, glibc } = machine;
  const name = `${system}-${architecture}`;
  if (system === 'win32')
    refuse("on Windows: TensorFlow's wheel has no C library there. Use WSL 2, which counts as Linux");
  if (system === 'linux' && !glibc)
    refuse('on a Linux without glibc (Alpine, for example): TensorFlow publishes no wheel for it');
  if (!['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(name)) {
    refuse(`on ${name}: TensorFlow publishes wheels for Linux on x64 and arm64, and for macOS on Apple silicon`);
  }
  if (gpu && name !== 'linux-x64')
    refuse(`with --gpu on ${name}: TensorFlow publishes CUDA wheels for Linux on x64 only`);
  return system === 'darwin' ? { name, ...MACOS } : { name, ...LINUX };
}

const LINUX = {
  libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  // An RPATH rather than a RUNPATH, so that no other TensorFlow in LD_LIBRARY_PATH takes the place of the one built against.
  // Every function is looked up when the binding is loaded: one that is missing would otherwise end the process at its first call.
  linkFlags: ['-shared', '-Wl,--disable-new-dtags', '-Wl,--no-as-needed', '-Wl,-z,now'],
};

const MACOS = {
  libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  linkFlags: ['-bundle', '-undefined', 'dynamic_lookup'],
};

/** The pip requirement that brings TensorFlow, and the name of the private environment that it is installed into. */
export function wheelRequirement(platform, { gpu = false } = {}) {
  if (gpu)
    return { requirement: `tensorflow[and-cuda]==${TENSORFLOW}`, environmentName: `tensorflow-cuda-${TENSORFLOW}` };
  const distribution = platform.name === 'linux-x64' ? 'tensorflow-cpu' : 'tensorflow';
  return { requirement: `${distribution}==${TENSORFLOW}`, environmentName: `tensorflow-cpu-${TENSORFLOW}` };
}

function thisMachine() {
  const { platform: system, arch: architecture } = process;
  if (system !== 'linux') return { system, architecture };
  process.report.excludeNetwork = true;
  return { system, architecture, glibc: process.report.getReport().header.glibcVersionRuntime };
}

function refuse(where) {
  throw new Error(
    `The native binding can't be built ${where}. Nothing was changed; the project runs on its other devices.`,
  );
}
