import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** The command, with its first parameters, of a pnpm of the right major version if there is one, otherwise of the pinned one through npx. */
export function findPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const version = packageManager.split('@')[1];
  const { status, stdout } = spawnSync('pnpm', ['--version'], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const usable = status === 0 && stdout.trim().split('.')[0] === version.split('.')[0];
  return usable ? ['pnpm'] : ['npx', '--yes', `pnpm@${version}`];
}
