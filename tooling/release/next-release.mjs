// The next version of the packages and what their changelogs will say of it, made in a copy of the repository.
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../workspace/command.mjs';
import { publicPackages, ROOT, workspacePackages } from './workspace.mjs';

/** Copies what git knows or would add, and what was built. The packages find each other there, so that they can be packed. */
export function copyRepository(root, copy) {
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const wanted = files.split('\0').filter((file) => file && !/(^|\/)(fixtures|goldens)\//.test(file));
  for (const file of wanted) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  const folderOf = new Map(workspacePackages(root).map(({ name, folder }) => [name, folder]));
  for (const { folder, manifest } of publicPackages(root)) {
    const built = join(root, folder, 'dist');
    if (!existsSync(built)) throw new Error(`${folder} is not built yet: run \`npm run build\` first.`);
    cpSync(built, join(copy, folder, 'dist'), { recursive: true });
    for (const name of dependenciesOf(manifest)) {
      if (!folderOf.has(name)) continue;
      const link = join(copy, folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(copy, folderOf.get(name)), link, 'junction');
    }
  }
}

function dependenciesOf({ dependencies, devDependencies, peerDependencies, optionalDependencies }) {
  return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies, ...optionalDependencies });
}

/**
 * Turns the changesets that wait into versions and changelogs, in a copy.
 *
 * @returns `{ name, from, to, changelog }` of each public package that gets a new version; `changelog` is its section without the heading.
 */
export function nextRelease(copy) {
  const before = new Map(publicPackages(copy).map(({ name, manifest }) => [name, manifest.version]));
  // Changesets look into git's history.
  const git = (...parameters) => run('git', ['-c', 'user.name=-', '-c', 'user.email=-', ...parameters], { cwd: copy });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--no-verify', '--message', 'copy');
  run(process.execPath, [join(ROOT, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: copy });
  return publicPackages(copy)
    .filter(({ name, manifest }) => manifest.version !== before.get(name))
    .map(({ name, folder, manifest }) => {
      const changelog = readFileSync(join(copy, folder, 'CHANGELOG.md'), 'utf8');
      return { name, from: before.get(name), to: manifest.version, changelog: sectionOf(changelog, manifest.version) };
    });
}

function sectionOf(changelog, version) {
  const [, ...sections] = changelog.split(/^## /m);
  const found = sections.find((section) => section.split('\n', 1)[0].trim() === version) ?? '';
  return found.slice(found.indexOf('\n')).trim() || 'No changes of its own.';
}
