// The command line of `npm run native`.
import { parseArgs } from 'node:util';
import { NativeError } from './context.mjs';
import { TENSORFLOW } from './versions.mjs';

export const USAGE = `Usage: npm run native -- [options]

Builds tfjs-node's binding against TensorFlow's pip wheel, so that the native device runs on TensorFlow ${TENSORFLOW}.

  --gpu     build tfjs-node-gpu's binding instead, for NVIDIA GPUs (Linux x64; brings CUDA 12 along)
  --force   build again even if nothing changed
  --remove  remove what this command built and installed, and put a published binding back
  --help    print this`;

const OPTIONS = {
  gpu: { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  remove: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/**
 * Parses command line parameters into `{ gpu, force, remove, help }`. Throws a NativeError that names the
 * offending parameter.
 */
export function parseOptions(parameters) {
  let options;
  try {
    options = { ...parseArgs({ args: parameters, options: OPTIONS, strict: true }).values };
  } catch (error) {
    throw new NativeError(`${error.message}\n\n${USAGE}`);
  }
  if (options.remove && (options.gpu || options.force)) {
    throw new NativeError('--remove removes everything that this command made and takes no other option.');
  }
  return options;
}
