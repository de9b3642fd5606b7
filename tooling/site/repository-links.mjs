// Links between Markdown files are written for GitHub. On the site a folder is the page of its README, and a file that is no page is shown on GitHub.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT } from '../workspace/pnpm.mjs';

export const REPOSITORY = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).repository.url.replace(
  /^git\+|\.git$/g,
  '',
);

/** A plugin of markdown-it. */
export function linksOfRepository(markdown) {
  markdown.core.ruler.push('links-of-repository', ({ tokens, env }) => {
    const source = env.relativePath.replace(/(^|\/)index\.md$/, '$1README.md');
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        if (token.type === 'link_open') token.attrSet('href', addressOnSite(token.attrGet('href'), source));
      }
    }
  });
}

/**
 * @param href as written.
 * @param source the file it is written in, from the root of the repository.
 * @returns where it leads on the site; as written if it is no link to a file of the repository.
 */
export function addressOnSite(href, source, root = ROOT) {
  const [, path, anchor] = /^([^#?]*)(.*)$/.exec(href);
  if (path === '' || path.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(path)) return href;
  const target = posix.join(posix.dirname(source), decodeURIComponent(path)).replace(/\/$/, '');
  const file = join(root, target);
  if (target.startsWith('..') || !existsSync(file)) return href;
  if (/(^|\/)README\.md$/.test(target)) return `/${target.replace(/README\.md$/, '')}${anchor}`;
  if (target.endsWith('.md')) return `/${target}${anchor}`;
  if (!statSync(file).isDirectory()) return `${REPOSITORY}/blob/main/${target}${anchor}`;
  if (existsSync(join(file, 'README.md'))) return `/${target}/${anchor}`.replace('/./', '/');
  return `${REPOSITORY}/tree/main/${target}${anchor}`;
}
