import { fileURLToPath } from 'node:url';
import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// Not '#platform', which is backend's: its built files, loaded before the tests, would be given this one.
const alias = { '#execution-platform': fileURLToPath(new URL('src/execution/node.ts', import.meta.url)) };
const once = packageTests({ name: 'compile', alias });
// How compiled functions and the backends of the devices exchange tensors.
const besideDevices = ['src/compile.test.ts', 'src/tracing/tracing-backend.test.ts'];
const onDevices = process.env.LLM_MDE_TEST_ALL
  ? devicePackageTests({ include: besideDevices, onEveryDevice: besideDevices, alias })
  : undefined;

export default {
  test: { projects: [{ test: once.test }, ...(onDevices?.test?.projects ?? [])], fileParallelism: false },
};
