import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageBuild } from '@llm-mde/tooling-tsup';

const { resolve } = createRequire(import.meta.url);
const library = (name: string) => dirname(resolve(`@tensorflow/tfjs-backend-${name}/package.json`));

// package.json says which platform is whose. probe.ts is a program of its own, which probe-in-child.ts runs. TensorFlow.js's backends become part of
// this package: tensorflow-web.ts says why.
export default packageBuild({
  entry: ['src/index.ts', 'src/platform.node.ts', 'src/platform.web.ts', 'src/probe.ts'],
  // The last ones are asked for in Node only.
  external: ['#platform', 'webgpu', 'fs', 'os', 'path', 'perf_hooks', 'worker_threads'],
  noExternal: [/\.wasm$/, /^@tensorflow\/tfjs-backend-/],
  loader: { '.wasm': 'dataurl' },
  async onSuccess() {
    const copy = (from: string, to: string) => cpSync(from, join('dist/tensorflow', to));
    for (const name of ['wasm', 'webgpu']) copy(join(library(name), `dist/tf-backend-${name}.node.js`), `${name}.cjs`);
    for (const variant of ['', '-simd', '-threaded-simd']) {
      copy(join(library('wasm'), `wasm-out/tfjs-backend-wasm${variant}.wasm`), `tfjs-backend-wasm${variant}.wasm`);
    }
    copy('LICENSE-tensorflow', 'LICENSE');
  },
});
