import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { copyRepository, nextRelease } from './next-release.mjs';
import { checkTarball } from './tarball.mjs';
import { packAll, ROOT, run } from './workspace.mjs';

it('tells the next version and its changelogs, packs it, and leaves the repository as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'next-release-'));
  const [root, copy] = [join(folder, 'root'), join(folder, 'copy')];
  const write = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  try {
    write('package.json', { name: 'root', private: true, packageManager: 'pnpm@10.34.9' });
    write('pnpm-workspace.yaml', 'packages: ["packages/*", "apps/*", "tooling/*"]\n');
    write('.gitignore', 'dist/\nnode_modules/\n');
    for (const file of ['.changeset/config.json', 'tooling/release/changelog.mjs'])
      cpSync(join(ROOT, file), join(root, file));
    write('tooling/release/package.json', { name: '@llm-mde/tooling-release', version: '0.0.0', private: true });
    write('apps/.keep', '');
    const shared = { version: '0.1.0', license: 'MIT', type: 'module', exports: './dist/index.js', files: ['dist'] };
    write('packages/nn/package.json', { name: '@llm-mde/nn', ...shared });
    write('packages/llm-mde/package.json', {
      name: 'llm-mde',
      ...shared,
      dependencies: { '@llm-mde/nn': 'workspace:^' },
    });
    for (const name of ['nn', 'llm-mde']) {
      write(`packages/${name}/dist/index.js`, 'export {};\n');
      write(`packages/${name}/LICENSE`, 'MIT\n');
    }
    write('packages/nn/README.md', '# nn\n');
    write('.changeset/new.md', '---\n"@llm-mde/nn": minor\n---\n\nA new layer.\n');
    run('git', ['init', '--quiet'], { cwd: root });

    copyRepository(root, copy);
    expect(nextRelease(copy)).toEqual([
      { name: '@llm-mde/nn', from: '0.1.0', to: '0.2.0', changelog: '### Minor Changes\n\n- A new layer.' },
      { name: 'llm-mde', from: '0.1.0', to: '0.2.0', changelog: 'No changes of its own.' },
    ]);
    expect(JSON.parse(readFileSync(join(root, 'packages/nn/package.json'), 'utf8')).version).toBe('0.1.0');
    expect(readFileSync(join(root, '.changeset/new.md'), 'utf8')).toContain('A new layer.');

    const packages = packAll(join(folder, 'tarballs'), copy);
    const [first, second] = await Promise.all(packages.map((entry) => checkTarball(entry, packages)));
    expect(first).toEqual([]);
    expect(second).toEqual(['llm-mde: README.md is not in the tarball.']);
    const old = [{ name: '@llm-mde/nn', manifest: { version: '0.1.0' } }];
    expect(await checkTarball(packages[1], old)).toContain(
      'llm-mde: @llm-mde/nn would be asked for as ^0.2.0, not as ^0.1.0.',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
