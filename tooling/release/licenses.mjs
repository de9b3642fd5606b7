// Lists the licenses of everything that installing the published packages brings, in docs/third-party.md: npm run docs -- licenses
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { publicPackages, ROOT, run } from './workspace.mjs';

const FILE = join(ROOT, 'docs/third-party.md');
const ALLOWED = [
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
];
/** Compatible, with the reason, because their names alone do not say so. */
const EXPLAINED = {
  'LGPL-3.0-or-later':
    'libvips, which sharp loads as a shared library: it is not changed, and can be exchanged for another build',
  NIST: 'h5wasm, public domain in the United States and free to use and change elsewhere, with the HDF5 library under its license in BSD style',
};
/** Where package.json points to a text instead of a name. */
const NAMED = { h5wasm: 'NIST' };

/** What the builds take into packages. */
const TAKEN_IN = ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'];

/** @returns a sentence for each license that is not known to be compatible, and one where the page is not up to date. */
export function checkLicenses() {
  const rows = readLicenses();
  const problems = rows
    .filter(({ license }) => !isAllowed(license))
    .map(({ name, license }) => `${name} has the license ${license}, which is not among those known to be compatible.`);
  const current = existsSync(FILE) && readFileSync(FILE, 'utf8') === page(rows);
  return current ? problems : [...problems, 'docs/third-party.md is not up to date: run npm run docs -- licenses.'];
}

function readLicenses() {
  const filters = publicPackages().flatMap(({ name }) => ['--filter', name]);
  const listed = JSON.parse(run('pnpm', [...filters, 'licenses', 'list', '--prod', '--json'], { cwd: ROOT }));
  const rows = Object.entries(listed).flatMap(([license, packages]) =>
    packages.map(({ name, versions, homepage }) => ({
      license: NAMED[name] ?? license,
      name: withoutPlatform(name),
      versions,
      homepage,
    })),
  );
  for (const [name, row] of notListed()) if (!rows.some((other) => other.name === name)) rows.push(row);
  return rows
    .filter(({ name }) => name !== 'llm-mde' && !name.startsWith('@llm-mde/'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What pnpm takes for no part of a package: its optional peers with what they need, and what its build takes in. By their names. */
function notListed() {
  const found = new Map();
  const visit = (folder) => {
    if (!existsSync(join(folder, 'package.json'))) return;
    const { name, version, license, homepage, dependencies } = JSON.parse(readFileSync(join(folder, 'package.json')));
    const key = withoutPlatform(name);
    if (found.has(key)) return;
    found.set(key, { name: key, versions: [version], license: NAMED[name] ?? license, homepage });
    const store = realpathSync(folder).slice(0, -name.length);
    for (const needed of Object.keys(dependencies ?? {})) visit(join(store, needed));
  };
  for (const { folder, manifest } of publicPackages()) {
    const takenIn = Object.keys(manifest.devDependencies).filter((name) => TAKEN_IN.includes(name));
    for (const name of [...Object.keys(manifest.peerDependenciesMeta ?? {}), ...takenIn]) {
      for (const place of [folder, '.']) visit(join(ROOT, place, 'node_modules', name));
    }
  }
  return found;
}

function page(rows) {
  return `# Licenses of dependencies

Everything that installing any of the published packages can bring, optional peers and what the builds take in included, as \`pnpm licenses\` and the packages themselves say it. \`npm run docs -- licenses\`
writes this page. \`-*\` stands for builds for single platforms, of which an install takes its own.

| package | versions | license |
| ------- | -------- | ------- |
${rows.map(({ name, versions, license, homepage }) => `| ${homepage ? `[${name}](${homepage})` : name} | ${versions.join(', ')} | ${license} |`).join('\n')}

${Object.entries(EXPLAINED)
  .map(([license, reason]) => `${license}: ${reason}.`)
  .join('\n')}
`;
}

function withoutPlatform(name) {
  return name.replace(/-(linux|linuxmusl|darwin|win32|freebsd)-.*$/, '-*');
}

/** `(MIT OR Apache-2.0)` needs one of them, `MIT AND ISC` all. */
function isAllowed(license) {
  return license
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => ALLOWED.includes(part) || part in EXPLAINED));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(FILE, page(readLicenses()));
  for (const problem of checkLicenses()) {
    console.error(problem);
    process.exitCode = 1;
  }
}
