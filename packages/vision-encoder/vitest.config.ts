import { devicePackageTests } from '@llm-mde/tooling-vitest';

export default devicePackageTests({ compiled: ['src/vision-encoder.goldens.test.ts'] });
