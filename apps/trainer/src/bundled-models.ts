import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside the program, and beside its sources. */
const FOLDER = fileURLToPath(new URL('../pretrained', import.meta.url));

/**
 * The folder of a model that comes with the trainer, by name. There is one: `tiny`, which learned from rendered rooms (see `pretrained/README.md`).
 *
 * @returns undefined where there is none of this name.
 */
export function bundledModel(name: string): string | undefined {
  const folder = join(FOLDER, name);
  return /^[\w-]+$/.test(name) && existsSync(join(folder, 'config.json')) ? folder : undefined;
}
