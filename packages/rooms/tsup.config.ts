import { packageBuild } from '@llm-mde/tooling-tsup';

// `generate` alone runs in browsers; `frame-worker` is loaded by path, as a worker thread.
export default packageBuild({
  entry: ['src/index.ts', 'src/generate.ts', 'src/frame-worker.ts'],
  platform: 'node',
});
