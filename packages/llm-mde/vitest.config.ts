import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// The test of the browser opens devices there; it runs once, whatever devices this machine has.
const browserTests = 'src/**/*.browser.test.ts';
const onDevices = devicePackageTests({ exclude: [browserTests], compiled: ['src/model/parity.test.ts'] });
const inBrowser = packageTests({ name: 'browser', include: [browserTests], env: { LLM_MDE_DEVICE: 'wasm' } });

export default {
  test: { projects: [...(onDevices.test?.projects ?? []), { test: inBrowser.test }], fileParallelism: false },
};
