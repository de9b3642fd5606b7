import { packageBuild } from '@llm-mde/tooling-tsup';

// The workers are programs of their own; package.json says which platform is whose.
export default packageBuild({
  entry: {
    index: 'src/index.ts',
    eager: 'src/eager.ts',
    'platform.node': 'src/execution/node.ts',
    'platform.web': 'src/execution/web.ts',
    'node-worker': 'src/execution/node-worker.ts',
    'web-worker': 'src/execution/web-worker.ts',
  },
  external: ['#execution-platform', 'onnxruntime-node', /^onnxruntime-web/],
});
