// The packages of this workspace that are published, found by themselves: every folder in packages and apps whose package.json is not private.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../workspace/command.mjs';
import { ROOT } from '../workspace/pnpm.mjs';

export { ROOT, run };

export const rootManifest = readManifest('.');

/** `{ name, folder, manifest }` of each, sorted by name; `folder` counts from the root, as `packages/metrics`. */
export function publicPackages(root = ROOT) {
  return workspacePackages(root, ['packages', 'apps']).filter(({ manifest }) => !manifest.private);
}

/** The same of private ones too. */
export function workspacePackages(root = ROOT, groups = ['packages', 'apps', 'tooling']) {
  return groups
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(folder, root) }))
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readManifest(folder, root = ROOT) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** Packs every package as it would be published. @returns them with the path of their `file`. */
export function packAll(destination, root = ROOT) {
  mkdirSync(destination, { recursive: true });
  const packages = publicPackages(root);
  const filters = packages.flatMap(({ name }) => ['--filter', name]);
  const packed = JSON.parse(
    run('pnpm', ['-r', ...filters, 'pack', '--json', '--pack-destination', destination], { cwd: root }),
  );
  return packages.map((entry) => {
    return { ...entry, file: packed.find(({ name }) => name === entry.name).filename };
  });
}

/** `{ name: file: and its path }` of packed packages, as package.json asks for them. */
export function tarballsOf(packages) {
  return Object.fromEntries(packages.map(({ name, file }) => [name, `file:${file}`]));
}
