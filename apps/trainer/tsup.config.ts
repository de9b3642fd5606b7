import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packageBuild } from '@llm-mde/tooling-tsup';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** `import text from './file?raw'`, as vitest has it. */
const rawFiles: Plugin = {
  name: 'raw-files',
  setup(build) {
    build.onResolve({ filter: /\?raw$/ }, ({ path, resolveDir }) => ({
      path: relative('.', join(resolveDir, path)),
      namespace: 'raw',
    }));
    build.onLoad({ filter: /\?raw$/, namespace: 'raw' }, async ({ path }) => ({
      contents: await readFile(path.replace(/\?raw$/, ''), 'utf8'),
      loader: 'text',
    }));
  },
};

// examine-device.ts is a program of its own, which examine-devices.ts runs.
export default packageBuild({
  entry: { cli: 'src/cli.ts', 'examine-device': 'src/doctor/examine-device.ts' },
  platform: 'node',
  esbuildPlugins: [rawFiles],
});
