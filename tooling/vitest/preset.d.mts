import type { TestUserConfig, ViteUserConfigExport } from 'vitest/config';

export function packageTests(options?: TestUserConfig): ViteUserConfigExport;
export function devicePackageTests(options?: TestUserConfig): ViteUserConfigExport;
