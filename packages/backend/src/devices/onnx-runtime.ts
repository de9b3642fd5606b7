import { createRequire } from 'node:module';
import { DeviceError } from '../device.js';

const require = createRequire(import.meta.url);

/**
 * The version of the installed onnxruntime-node, which compiled functions run on in Node.
 *
 * @throws DeviceError if it is not installed.
 */
export function onnxRuntimeVersion(): string {
  try {
    return createRequire(require.resolve('@llm-mde/compile'))('onnxruntime-node/package.json').version;
  } catch {
    throw new DeviceError(
      'the npm package onnxruntime-node is not installed: run `npm install onnxruntime-node`, with the environment variable ' +
        'ONNXRUNTIME_NODE_INSTALL=skip where its install script fails to download CUDA libraries.',
    );
  }
}
