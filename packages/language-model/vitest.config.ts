import { devicePackageTests } from '@llm-mde/tooling-vitest';

const goldens = ['src/language-model.goldens.test.ts'];

export default devicePackageTests({ onEveryDevice: goldens, compiled: goldens });
