import { packageTests } from '@llm-mde/tooling-vitest';

// The server computes on the device that runs everywhere; files take turns, because each opens one.
export default packageTests({
  env: { LLM_MDE_DEVICE: 'wasm' },
  fileParallelism: false,
  // Busy machines are slow.
  expect: { poll: { timeout: 30_000 } },
  globalSetup: 'src/testing/save-models.ts',
});
