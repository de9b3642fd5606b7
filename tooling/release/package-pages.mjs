// Writes docs/<package>.md, a page for each package: what it is, what it builds on, who builds on it, and where to read on. With --check it only
// compares.
//
//     node tooling/release/package-pages.mjs [--check]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { publicPackages, ROOT } from './workspace.mjs';

const packages = publicPackages();
const pages = new Map(packages.map((entry) => [`docs/${basename(entry.folder)}.md`, page(entry)]));
pages.set('docs/README.md', contents());
for (const [file, text] of pages) {
  const path = join(ROOT, file);
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (current === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${file} is not up to date: run node tooling/release/package-pages.mjs.`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(file);
  }
}

function page({ name, folder, manifest }) {
  const builtOn = packages.filter((other) => ownDependencies(manifest).includes(other.name));
  const usedBy = packages.filter((other) => ownDependencies(other.manifest).includes(name));
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
    (peer) => !manifest.peerDependenciesMeta?.[peer]?.optional,
  );
  return `# ${name}

${manifest.description}.

- [README](../${folder}/README.md): what it does, with an example, its exports and its limits.
- Entries: ${Object.keys(manifest.exports ?? {})
    .filter((path) => path !== './package.json')
    .map((path) => `\`${join(name, path)}\``)
    .concat(Object.keys(manifest.bin ?? {}).map((command) => `the command \`${command}\``))
    .join(', ')}. \`npm run docs\` writes every function's page to \`docs/api\`.
- Builds on: ${links(builtOn)}${peers.length > 0 ? `; beside it the user installs ${peers.map((peer) => `\`${peer}\``).join(', ')}` : ''}.
- Used by: ${links(usedBy)}.
- Its place in the whole: [flow](flow.md).
`;
}

function contents() {
  const lines = packages.map(
    ({ name, folder, manifest }) => `- [${name}](${basename(folder)}.md): ${manifest.description}.`,
  );
  return `# Documentation

- [How an image becomes depth](flow.md)
${lines.join('\n')}
- [The demo](../apps/demo/README.md), a web page and its server
- [Decisions](decisions), one page each
- [What works, what does not, what never will](../FEATURES.md)
- [Contributing](../CONTRIBUTING.md), [security](../SECURITY.md), [licenses of dependencies](../THIRD_PARTY.md)
`;
}

function ownDependencies({ dependencies = {}, optionalDependencies = {} }) {
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

function links(entries) {
  return entries.length === 0
    ? 'nothing of this project'
    : entries.map(({ name, folder }) => `[${name}](${basename(folder)}.md)`).join(', ');
}
