import { packageBuild } from '@llm-mde/tooling-tsup';

// The workers are programs of their own.
export default packageBuild({
  entry: {
    index: 'src/index.ts',
    'index.browser': 'src/index.browser.ts',
    eager: 'src/eager.ts',
    'node-worker': 'src/execution/node-worker.ts',
    'web-worker': 'src/execution/web-worker.ts',
  },
  external: ['onnxruntime-node', /^onnxruntime-web/],
});
