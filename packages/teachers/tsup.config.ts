import { packageBuild } from '@llm-mde/tooling-tsup';

export default packageBuild({ platform: 'node' });
