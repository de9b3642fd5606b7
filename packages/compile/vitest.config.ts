import { fileURLToPath } from 'node:url';
import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

const alias = { '#platform': fileURLToPath(new URL('src/execution/node.ts', import.meta.url)) };
const once = packageTests({ name: 'compile', alias });
// How compiled functions and the backends of the devices exchange tensors.
const besideDevices = ['src/compile.test.ts', 'src/tracing/tracing-backend.test.ts'];
const onDevices = process.env.LLM_MDE_TEST_ALL
  ? devicePackageTests({ include: besideDevices, onEveryDevice: besideDevices, alias })
  : undefined;

export default {
  test: { projects: [{ test: once.test }, ...(onDevices?.test?.projects ?? [])], fileParallelism: false },
};
