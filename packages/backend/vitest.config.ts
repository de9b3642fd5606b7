import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// What a kernel computes is tested on each device of this machine; the rest opens devices by itself, each in a process of its own.
const onDevices = devicePackageTests({ include: ['src/kernels/*.test.ts'] });
const byItself = packageTests({ name: 'backend', exclude: ['src/kernels/*.test.ts'] });

export default {
  test: { projects: [{ test: byItself.test }, ...(onDevices.test?.projects ?? [])], fileParallelism: false },
};
