import type { defineConfig, Options } from 'tsup';

export function packageBuild(options?: Options): ReturnType<typeof defineConfig>;
