import { devicePackageTests } from '@llm-mde/tooling-vitest';

export default devicePackageTests({ onEveryDevice: ['src/adaptation-head.test.ts', 'src/dpt-head.test.ts'] });
