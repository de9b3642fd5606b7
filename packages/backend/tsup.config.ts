import { packageBuild } from '@llm-mde/tooling-tsup';

// probe.ts is a program of its own, which probe-in-child.ts runs.
export default packageBuild({ entry: ['src/index.ts', 'src/index.browser.ts', 'src/probe.ts'], external: ['webgpu'] });
