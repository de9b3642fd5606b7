import { packageBuild } from '@llm-mde/tooling-tsup';

// `generate` alone runs in browsers; `frame-worker` is imported by a worker thread, by its path.
export default packageBuild({
  entry: ['src/index.ts', 'src/generate.ts', 'src/frame-worker.ts'],
  platform: 'node',
});
