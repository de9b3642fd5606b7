import { devicePackageTests } from '@llm-mde/tooling-vitest';

// tfjs-core's gradients exist only as the built bundle (see tfjs-gradients-plugin.ts).
export default devicePackageTests({
  onEveryDevice: ['src/**/*.test.ts'],
  setupFiles: ['./dist/register-gradients.js'],
});
