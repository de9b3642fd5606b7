import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// The rest opens devices by itself, each in a process of its own.
const kernels = ['src/kernels/*.test.ts'];
const onDevices = devicePackageTests({ include: kernels, onEveryDevice: kernels });
const byItself = packageTests({ name: 'backend', exclude: kernels });

export default {
  test: { projects: [{ test: byItself.test }, ...(onDevices.test?.projects ?? [])], fileParallelism: false },
};
