import { packageBuild } from './tooling/tsup/preset.mjs';

/** How a package without a tsup.config.ts of its own is built. */
export default packageBuild();
