import { packageTests } from './tooling/vitest/preset.mjs';

/** How a package without a vitest.config.ts of its own is tested. */
export default packageTests();
