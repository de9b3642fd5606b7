// Holds every published package.json to one form. What follows from the root's package.json is written with --fix; the rest is reported.
//
//     node tooling/release/manifests.mjs [--fix]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { publicPackages, ROOT, rootManifest } from './workspace.mjs';

const fix = process.argv.includes('--fix');

/** @returns a sentence for each thing that is wrong; with `fix` what can be derived is written first. */
export function checkManifests() {
  return publicPackages().flatMap((entry) => {
    const { folder, manifest } = fix ? derive(entry) : entry;
    const problems = Object.entries(derived(entry))
      .filter(([key, value]) => JSON.stringify(manifest[key]) !== JSON.stringify(value))
      .map(
        ([key]) =>
          `${key} is not what follows from the root's package.json: run node tooling/release/manifests.mjs --fix.`,
      );
    const has = (condition, problem) => condition || problems.push(problem);
    has(manifest.description, 'description is missing.');
    has(manifest.type === 'module', 'type must be "module".');
    has(manifest.keywords?.length >= 3, 'keywords must be three or more.');
    has(manifest.sideEffects !== undefined || manifest.bin, 'sideEffects is missing.');
    has(JSON.stringify(manifest.files)?.includes('"dist"'), 'files must contain "dist".');
    has(
      !manifest.scripts?.preinstall && !manifest.scripts?.install && !manifest.scripts?.postinstall,
      'it must not have an install script.',
    );
    for (const [path, target] of Object.entries(manifest.exports ?? {})) checkExport(path, target, has);
    has(manifest.exports?.['.'] || manifest.bin, 'exports must have ".", or bin a command.');
    has(!manifest.exports || manifest.exports['./package.json'], 'exports must have "./package.json".');
    for (const name of ['README.md', 'LICENSE']) has(existsSync(join(ROOT, folder, name)), `${name} is missing.`);
    return problems.map((problem) => `${folder}/package.json: ${problem}`);
  });
}

function checkExport(path, target, has) {
  if (typeof target === 'string') {
    has(path === './package.json' || target.endsWith('.js'), `exports["${path}"] has no types.`);
    return;
  }
  const { types, default: file, browser, ...others } = target;
  const conditions = Object.keys(target);
  has(typeof types === 'string' && typeof file === 'string', `exports["${path}"] must have types and default.`);
  has(conditions.at(-1) === 'default', `exports["${path}"] must have default last.`);
  has(
    Object.keys(others).length === 0,
    `exports["${path}"] has the unknown conditions ${Object.keys(others).join(', ')}.`,
  );
  if (browser) checkExport(`${path}, browser`, browser, has);
}

/** The fields that every package shares, but for its folder. */
function derived({ folder }) {
  const address = rootManifest.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return {
    license: rootManifest.license,
    repository: { ...rootManifest.repository, directory: folder },
    homepage: `${address}/tree/main/${folder}#readme`,
    bugs: `${address}/issues`,
    engines: rootManifest.engines,
    publishConfig: { access: 'public', provenance: true },
  };
}

function derive(entry) {
  const manifest = {};
  for (const [key, value] of Object.entries(entry.manifest)) {
    manifest[key] = value;
    if (key === 'license') Object.assign(manifest, derived(entry));
  }
  Object.assign(manifest, derived(entry));
  const folder = join(ROOT, entry.folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'LICENSE'), readFileSync(join(ROOT, 'LICENSE')));
  return { ...entry, manifest };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = checkManifests();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
