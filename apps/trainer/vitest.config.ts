import { packageTests } from '@llm-mde/tooling-vitest';

// Style sheets are part of what is tested: vitest would have empty ones.
export default packageTests({ css: true });
