import { devicePackageTests, packageTests } from '@llm-mde/tooling-vitest';

// The test of the browser opens devices there; it runs once, whatever devices this machine has.
const browserTests = 'src/**/*.browser*.test.ts';
const compiledTests = [
  'src/export/export-onnx.test.ts',
  'src/prediction/predictor.test.ts',
  'src/training/uncompiled.test.ts',
];
const onDevices = devicePackageTests({
  exclude: [browserTests, ...compiledTests],
  onEveryDevice: ['src/parity.test.ts'],
  compiled: ['src/parity.test.ts'],
});
const compiled = packageTests({ name: 'compiled', include: compiledTests, env: { LLM_MDE_DEVICE: 'cpu' } });
const inBrowser = packageTests({ name: 'browser', include: [browserTests], env: { LLM_MDE_DEVICE: 'wasm' } });

export default {
  test: {
    projects: [...(onDevices.test?.projects ?? []), { test: compiled.test }, { test: inBrowser.test }],
    fileParallelism: false,
  },
};
