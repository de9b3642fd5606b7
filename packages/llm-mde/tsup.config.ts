import { packageBuild } from '@llm-mde/tooling-tsup';

export default packageBuild({ entry: { index: 'src/index.ts', export: 'src/export/index.ts' } });
