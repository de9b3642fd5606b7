import { createRequire } from 'node:module';

/** The trainer's own package.json; the path is the same beside the bundled program and beside the sources. */
export const { version, description }: { version: string; description: string } = createRequire(import.meta.url)(
  '../package.json',
);
