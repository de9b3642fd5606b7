import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// What is compiled is compared with each device of this machine; the rest needs no other backend.
const apart = [
  'src/eager.test.ts',
  'src/index.browser.test.ts',
  'src/long-runs.test.ts',
  'src/readme.test.ts',
  'src/webgpu.test.ts',
];
const onDevices = devicePackageTests({ exclude: apart });
const byItself = packageTests({ name: 'compile', include: apart });

export default {
  test: { projects: [{ test: byItself.test }, ...(onDevices.test?.projects ?? [])], fileParallelism: false },
};
