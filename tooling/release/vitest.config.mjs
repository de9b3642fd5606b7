import { packageTests } from '@llm-mde/tooling-vitest';

export default packageTests({ include: ['*.test.mjs'] });
