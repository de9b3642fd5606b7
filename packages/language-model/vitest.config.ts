import { devicePackageTests } from '@llm-mde/tooling-vitest';

export default devicePackageTests({ compiled: ['src/language-model.goldens.test.ts'] });
