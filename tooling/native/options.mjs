// The command line of `npm run native`.
import { parseArgs } from 'node:util';
import { NativeError } from './context.mjs';
import { isVersion, MINIMUM_TENSORFLOW, meetsMinimum } from './versions.mjs';

export const USAGE = `Usage: npm run native -- [options]

Builds tfjs-node's binding against TensorFlow's pip wheel, so that the native device runs on TensorFlow ${MINIMUM_TENSORFLOW} or newer.

  --gpu                   build tfjs-node-gpu's binding instead, for NVIDIA GPUs (Linux x64; brings CUDA 12 along)
  --python <path>         use this Python: its TensorFlow if it has a suitable one, else to make the private environment
  --tensorflow <version>  use exactly this TensorFlow, for example 2.21.0
  --force                 build again even if nothing changed
  --remove                remove what this command built and installed, and put a published binding back
  --help                  print this

A Python environment that is active (VIRTUAL_ENV, CONDA_PREFIX) is used, and not changed, if its TensorFlow is suitable.`;

const OPTIONS = {
  gpu: { type: 'boolean', default: false },
  python: { type: 'string' },
  tensorflow: { type: 'string' },
  force: { type: 'boolean', default: false },
  remove: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/**
 * Parses command line parameters into `{ gpu, python?, tensorflow?, force, remove, help }`. Throws a NativeError that names the
 * offending parameter.
 */
export function parseOptions(parameters) {
  let options;
  try {
    options = { ...parseArgs({ args: parameters, options: OPTIONS, strict: true }).values };
  } catch (error) {
    throw new NativeError(`${error.message}\n\n${USAGE}`);
  }
  if (options.remove && (options.gpu || options.force || options.python || options.tensorflow)) {
    throw new NativeError('--remove removes everything that this command made and takes no other option.');
  }
  if (options.python === '')
    throw new NativeError('--python needs the path of a Python, for example /usr/bin/python3.12.');
  if (options.tensorflow !== undefined) requireVersion(options.tensorflow);
  return options;
}

function requireVersion(version) {
  if (!isVersion(version)) {
    throw new NativeError(`--tensorflow takes a version such as ${MINIMUM_TENSORFLOW}.0, not "${version}".`);
  }
  if (!meetsMinimum(version)) {
    throw new NativeError(`TensorFlow ${version} is too old: this command needs ${MINIMUM_TENSORFLOW} or newer.`);
  }
}
