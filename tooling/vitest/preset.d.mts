import type { TestUserConfig, ViteUserConfig } from 'vitest/config';

export function packageTests(options?: TestUserConfig): ViteUserConfig;
export function devicePackageTests(
  options?: TestUserConfig & { onEveryDevice?: string[]; compiled?: string[] },
): ViteUserConfig;
