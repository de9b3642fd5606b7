// What only the site needs is no part of the workspace, so that neither `npm start` nor `npm test` installs it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../workspace/command.mjs';
import { ROOT } from '../workspace/pnpm.mjs';

export const SITE = join(ROOT, 'tooling/site');

/** Installs what the lockfile says, unless it is installed. */
export function installSite() {
  const stamp = join(SITE, 'node_modules/.llm-mde-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(SITE, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  run('pnpm', ['install', '--ignore-workspace', '--frozen-lockfile', '--prefer-offline'], { cwd: SITE });
  writeFileSync(stamp, wanted);
}
