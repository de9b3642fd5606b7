// Dead links, anchors included. Addresses of other sites are not fetched.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LinkChecker } from 'linkinator';
import { inTemporaryFolder, run } from '../workspace/command.mjs';
import { ROOT } from '../workspace/pnpm.mjs';
import { SITE } from './install.mjs';

const MODULES = join(SITE, 'node_modules');

/** In the Markdown that git tracks, as GitHub resolves them. @throws Error that lists the dead ones. */
export function checkMarkdownLinks(folder = ROOT) {
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: folder });
  const validate = join(MODULES, 'remark-validate-links/index.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(MODULES, 'remark-cli/cli.js'),
      ...['--frail', '--quiet', '--no-stdout', '--no-color', '--no-config', '--no-ignore'],
      ...['--use', `${validate}=repository:false`],
      ...files.split('\0').filter((file) => file && !/(^|\/)(fixtures|\.changeset)\//.test(file)),
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`There are dead links in the Markdown files:\n${stderr}`);
}

/** Between the pages of a built site and to their files. @returns how many there are. @throws Error that lists the dead ones. */
export async function checkSiteLinks(folder, base) {
  return inTemporaryFolder(async (root) => {
    // Served as it will be: below its base.
    mkdirSync(join(root, base), { recursive: true });
    cpSync(folder, join(root, base), { recursive: true });
    const { links } = await new LinkChecker().check({
      path: base.slice(1),
      serverRoot: root,
      recurse: true,
      checkFragments: true,
      checkCss: true,
      concurrency: 20,
      // Of a busy machine.
      retryErrors: true,
      linksToSkip: async (link) => !new URL(link).host.startsWith('localhost'),
    });
    const dead = links.filter(({ state }) => state === 'BROKEN');
    if (dead.length > 0) {
      const lines = dead.map(({ url, parent, status }) => `${pathOf(parent)}: ${pathOf(url)} (${status})`);
      throw new Error(`There are dead links in the site:\n${[...new Set(lines)].sort().join('\n')}`);
    }
    return links.filter(({ state }) => state === 'OK').length;
  });
}

/** Without the address of the server, which is a different one each time. */
function pathOf(address = '') {
  return address.replace(/^https?:\/\/[^/]*/, '');
}
