import { devicePackageTests } from '@llm-mde/tooling-vitest';

// tfjs-core's gradients exist only as the built bundle (see tfjs-gradients-plugin.ts).
export default devicePackageTests({
  onEveryDevice: ['src/goldens.test.ts', 'src/dropout.test.ts'],
  setupFiles: ['./dist/register-gradients.js'],
});
