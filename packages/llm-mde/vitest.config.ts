import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// The test of the browser opens devices there; it runs once, whatever devices this machine has.
const browserTests = 'src/**/*.browser.test.ts';
const exportTests = 'src/export/*.test.ts';
const onDevices = devicePackageTests({ exclude: [browserTests, exportTests], compiled: ['src/model/parity.test.ts'] });
// What is exported does not depend on the device.
const exported = packageTests({
  name: 'export',
  include: [exportTests],
  env: { LLM_MDE_DEVICE: 'cpu' },
});
const inBrowser = packageTests({ name: 'browser', include: [browserTests], env: { LLM_MDE_DEVICE: 'wasm' } });

// The whole model compiled on WebGPU takes minutes without a GPU; the towers are compiled there in their own packages.
const projects = (onDevices.test?.projects ?? []).filter(
  (project) => (project as { test: { name: string } }).test.name !== 'webgpu compiled',
);

export default {
  test: { projects: [...projects, { test: exported.test }, { test: inBrowser.test }], fileParallelism: false },
};
