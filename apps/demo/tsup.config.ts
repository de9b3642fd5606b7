import { packageBuild } from '@llm-mde/tooling-tsup';

// The page is built by vite, into dist/page.
export default packageBuild({
  entry: {
    cli: 'src/cli.ts',
    index: 'src/index.ts',
    'service-worker': 'src/static/service-worker.ts',
  },
  platform: 'node',
});
