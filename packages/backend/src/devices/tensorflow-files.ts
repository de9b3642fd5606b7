import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

const require = createRequire(import.meta.url);

/** The folder with TensorFlow.js's backends for Node, copied by the build, as tensorflow-web.ts says, and with their `.wasm` files. */
export const tensorflowFolder =
  join(dirname(require.resolve('@llm-mde/backend/package.json')), 'dist/tensorflow') + sep;

export const wasmLibrary = async (): Promise<typeof import('@tensorflow/tfjs-backend-wasm')> =>
  require(`${tensorflowFolder}wasm.cjs`);
export const webgpuLibrary = async (): Promise<typeof import('@tensorflow/tfjs-backend-webgpu')> =>
  require(`${tensorflowFolder}webgpu.cjs`);
