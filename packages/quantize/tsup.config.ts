import { packageBuild } from '@llm-mde/tooling-tsup';

// The command is a program of its own.
export default packageBuild({ entry: { index: 'src/index.ts', cli: 'src/cli.ts' }, external: ['onnxruntime-node'] });
