// node --test tooling/site/*.test.mjs
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inTemporaryFolder, run } from '../workspace/command.mjs';
import { installSite } from './install.mjs';
import { addressOnSite, REPOSITORY } from './repository-links.mjs';

installSite();
const { checkMarkdownLinks, checkSiteLinks } = await import('./links.mjs');

test('a link for GitHub leads to the page of the site, or to the file on GitHub', () => {
  const from = (source) => (href) => addressOnSite(href, source);
  const lora = from('packages/lora/README.md');
  assert.equal(lora('../nn'), '/packages/nn/');
  assert.equal(lora('../nn/README.md#limits'), '/packages/nn/#limits');
  assert.equal(lora('../../docs/flow.md#x'), '/docs/flow.md#x');
  assert.equal(lora('../../README.md'), '/');
  assert.equal(lora('../..'), '/');
  assert.equal(lora('src/index.ts'), `${REPOSITORY}/blob/main/packages/lora/src/index.ts`);
  assert.equal(lora('src'), `${REPOSITORY}/tree/main/packages/lora/src`);
  for (const same of ['#limits', 'https://example.org/a.md', 'absent.md', '../../../outside.md']) {
    assert.equal(lora(same), same);
  }
});

test('dead links in Markdown are found, anchors included', async () => {
  await inTemporaryFolder((folder) => {
    const write = writerTo(folder);
    write('README.md', '# One\n\n[a](sub) [b](sub#two) [c](#one)\n');
    write('sub/README.md', '# Two\n');
    run('git', ['init', '--quiet'], { cwd: folder });
    checkMarkdownLinks(folder);
    write('sub/README.md', '# Two\n\n[d](../absent.md) [e](../README.md#three)\n');
    assert.throws(() => checkMarkdownLinks(folder), /absent\.md[\s\S]*#three/);
  });
});

test('dead links of a built site are found, anchors included', async () => {
  await inTemporaryFolder(async (folder) => {
    const write = writerTo(folder);
    const page = (body) => `<!doctype html><html><body>${body}</body></html>`;
    write('index.html', page('<a href="/base/two.html#there">a</a> <a href="https://absent.example">b</a>'));
    write('two.html', page('<h1 id="there">Two</h1>'));
    assert.equal((await checkSiteLinks(folder, '/base/')) >= 2, true);
    write('two.html', page('<h1 id="there">Two</h1> <a href="three.html">c</a> <a href="./#none">d</a>'));
    await assert.rejects(checkSiteLinks(folder, '/base/'), /#none[\s\S]*three\.html/);
  });
});

function writerTo(folder) {
  return (path, content) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
}
