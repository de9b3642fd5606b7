import { devicePackageTests } from '@llm-mde/tooling-vitest';

export default devicePackageTests();
