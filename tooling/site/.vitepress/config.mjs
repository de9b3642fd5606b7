// The site: the repository's Markdown where it lies, READMEs as the pages of their folders.
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { ROOT } from '../../workspace/pnpm.mjs';
import { linksOfRepository, REPOSITORY } from '../repository-links.mjs';

const ICON = 'apps/demo/src/page/public/icon.svg';

export default defineConfig({
  base: process.env.SITE_BASE ?? '/',
  srcDir: ROOT,
  srcExclude: ['**/CHANGELOG.md', '**/fixtures/**', 'runs/**', 'data/**', 'shared/**'],
  cacheDir: join(import.meta.dirname, '../.cache'),
  rewrites: (page) => page.replace(/(^|\/)README\.md$/, '$1index.md'),
  lang: 'en-US',
  title: 'LLM-MDE',
  description: 'Depth from a single image with a language model, in TypeScript: in Node and in browsers',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.SITE_BASE ?? '/'}icon.svg` }]],
  markdown: {
    // Anchors as on GitHub.
    anchor: { slugify: slug },
    config(markdown) {
      markdown.use(linksOfRepository);
      // Indented code looks like fenced code.
      markdown.renderer.rules.code_block = markdown.renderer.rules.fence;
    },
  },
  vite: {
    build: { chunkSizeWarningLimit: 5000 },
    plugins: [vueFromHere()],
  },
  buildEnd: ({ outDir }) => copyFileSync(join(ROOT, ICON), join(outDir, 'icon.svg')),
  themeConfig: {
    logo: '/icon.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Packages', link: '/packages/llm-mde/', activeMatch: '^/(packages|apps)/' },
      { text: 'Results', link: '/docs/results/photographs', activeMatch: '^/docs/results/' },
      { text: 'API', link: '/docs/api/', activeMatch: '^/docs/api/' },
      { text: 'Demo', link: '/demo/', target: '_self' },
    ],
    sidebar: [
      { text: 'LLM-MDE', link: '/', items: pages('docs') },
      { text: 'Command line and demo', items: folders('apps') },
      { text: 'Packages', items: folders('packages') },
      ...(existsSync(join(ROOT, 'examples')) ? [{ text: 'Examples', items: folders('examples') }] : []),
      { text: 'Results', items: pages('docs/results') },
      { text: 'API', link: '/docs/api/', collapsed: true, items: apiPages() },
      { text: 'Decisions', collapsed: true, items: pages('docs/decisions') },
      {
        text: 'Contributing',
        link: '/CONTRIBUTING',
        items: [page('SECURITY.md'), page('tooling/parity/README.md'), page('tooling/native/README.md')],
      },
    ],
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/:path`, text: 'Edit this page on GitHub' },
    footer: { message: 'MIT license' },
  },
});

/** The pages lie outside this folder, where nothing would find Vue. */
function vueFromHere() {
  return {
    name: 'vue-from-here',
    enforce: 'pre',
    resolveId(id, importer, options) {
      if (!/^vue($|\/)/.test(id) || !/\.md($|\?)/.test(importer ?? '')) return undefined;
      return this.resolve(id, import.meta.filename, { ...options, skipSelf: true });
    },
  };
}

/** The pages of a folder, by their file names. */
function pages(folder) {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return names.sort().map((name) => page(`${folder}/${name}`));
}

/** The READMEs of the folders in a folder, `llm-mde` first. */
function folders(group) {
  const names = readdirSync(join(ROOT, group)).filter((name) => existsSync(join(ROOT, group, name, 'README.md')));
  return names
    .sort((a, b) => Number(b === 'llm-mde') - Number(a === 'llm-mde') || (a < b ? -1 : 1))
    .map((name) => page(`${group}/${name}/README.md`));
}

function apiPages() {
  const folder = join(ROOT, 'docs/api');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map((name) => ({ text: name.replace(/\.md$/, ''), link: `/docs/api/${name.replace(/\.md$/, '')}` }));
}

/** A page under its own title. */
function page(path) {
  const [, title] = /^# (.*)$/m.exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
  return { text: title ?? path, link: `/${path.replace(/(README)?\.md$/, '')}` };
}
