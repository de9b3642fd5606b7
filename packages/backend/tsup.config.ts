import { packageBuild } from '@llm-mde/tooling-tsup';

// package.json says which platform is whose. probe.ts is a program of its own, which probe-in-child.ts runs.
export default packageBuild({
  entry: ['src/index.ts', 'src/platform.node.ts', 'src/platform.web.ts', 'src/probe.ts'],
  external: ['#platform', 'webgpu'],
  noExternal: [/\.wasm$/],
  loader: { '.wasm': 'dataurl' },
});
