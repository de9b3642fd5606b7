// `npm run docs`: the documentation site in tooling/site/dist, from the repository's own Markdown. Installs VitePress first, checks every link in the
// Markdown as GitHub resolves it, writes the API's pages, builds, adds the demo without its server, and checks every link of the built site.
//
//     npm run docs [-- site --base /llm-mde/]      the path under which the site will be served (default: the repository's name, as on GitHub Pages)
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../workspace/command.mjs';
import { ROOT } from '../workspace/pnpm.mjs';
import { installSite, SITE } from './install.mjs';

const OUT = join(SITE, 'dist');

await runCommand({
  name: 'npm run docs -- site',
  options: { 'base PATH': 'path under which the site is served (default: /llm-mde/, as on GitHub Pages)' },
  async run({ base = '/llm-mde/' }) {
    if (!/^\/(.*\/)?$/.test(base)) throw new Error(`--base ${base}: it must start and end with a slash.`);
    if (!existsSync(join(ROOT, 'packages/llm-mde/dist/index.d.ts')) || !existsSync(join(ROOT, 'apps/demo/dist/page'))) {
      throw new Error('The packages are not built yet: run `npm run build` first.');
    }
    step('install what the site needs');
    installSite();
    const { checkMarkdownLinks, checkSiteLinks } = await import('./links.mjs');
    step('check the links between Markdown files');
    checkMarkdownLinks();
    step('write the API');
    const { writeApi } = await import('./api.mjs');
    await writeApi();
    step('build the pages');
    process.env.SITE_BASE = base;
    const { build } = await import('vitepress');
    await build(SITE, { outDir: OUT });
    step('add the demo');
    const { writeStaticDemo } = await import('../../apps/demo/dist/index.js');
    await writeStaticDemo(join(OUT, 'demo'));
    step('check the links of the site');
    console.log(`${await checkSiteLinks(OUT, base)} links`);
    console.log(`\n${OUT}`);
  },
});

function step(title) {
  console.log(`\n▶ ${title}`);
}
