import { packageBuild } from '@llm-mde/tooling-tsup';

// `decode` is imported by a worker thread, by its path.
export default packageBuild({ entry: ['src/index.ts', 'src/decode.ts'], platform: 'node' });
