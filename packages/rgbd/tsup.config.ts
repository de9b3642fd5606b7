import { packageBuild } from '@llm-mde/tooling-tsup';

// `worker` is the program of a worker thread, which the pool starts by its path.
export default packageBuild({
  entry: ['src/index.ts', 'src/formats.ts', 'src/worker.ts', 'src/decode-images.ts'],
  platform: 'node',
});
