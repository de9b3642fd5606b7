import { packageBuild } from '@llm-mde/tooling-tsup';
import { tfjsGradients } from './tfjs-gradients-plugin.js';

export default packageBuild({
  entry: ['src/index.ts', 'src/register-gradients.ts'],
  esbuildPlugins: [tfjsGradients()],
  noExternal: [/tfjs-core\/dist\/register_all_gradients$/],
});
