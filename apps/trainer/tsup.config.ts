import { packageBuild } from '@llm-mde/tooling-tsup';

export default packageBuild({ entry: ['src/cli.ts'], platform: 'node', dts: false });
