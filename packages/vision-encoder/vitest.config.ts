import { devicePackageTests } from '@llm-mde/tooling-vitest';

const goldens = ['src/vision-encoder.goldens.test.ts'];

export default devicePackageTests({ onEveryDevice: goldens, compiled: goldens });
