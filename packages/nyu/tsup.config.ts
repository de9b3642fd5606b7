import { packageBuild } from '@llm-mde/tooling-tsup';

// The worker is a file of its own: batches() starts it by its path.
export default packageBuild({ entry: ['src/index.ts', 'src/decode-worker.ts'], platform: 'node' });
