// Publishes every package whose version is not on npm yet. Run by the release workflow; `--dry-run` shows what would be published.
//
//     npm run release -- [--dry-run]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getReleasePlan from '@changesets/get-release-plan';
import { kilobytes, packAll, ROOT, rootManifest, run } from './workspace.mjs';

const dryRun = process.argv.includes('--dry-run');
/** Packed, of a package that computes with tensors. */
const LARGEST = 100_000;

if (!dryRun) requireRightPlace();
step(
  'build and check',
  ['exec', 'turbo', 'run', 'build', 'typecheck', '--output-logs=errors-only'],
  ['run', 'check'],
  ['run', 'check:release'],
);
await showPackages();
if (!dryRun) step('publish', ['exec', 'changeset', 'publish']);

/** npm signs where a package was built only in a workflow of the repository that its package.json names. */
function requireRightPlace() {
  const { GITHUB_REPOSITORY, GITHUB_SERVER_URL } = process.env;
  if (!GITHUB_REPOSITORY) {
    throw new Error(
      'Packages are published by the workflow "release" only, with provenance. Here, use: npm run release -- --dry-run',
    );
  }
  const here = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`;
  if (here !== rootManifest.repository.url) {
    throw new Error(
      `The root's package.json names the repository ${rootManifest.repository.url}, but this is ${here}: correct it and run node tooling/release/manifests.mjs --fix.`,
    );
  }
}

async function showPackages() {
  const { releases } = await getReleasePlan(ROOT);
  const next = new Map(releases.map(({ name, newVersion }) => [name, newVersion]));
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    const packages = packAll(folder);
    console.table(
      packages.map(({ name, manifest, size, unpackedSize, files }) => ({
        package: name,
        version: manifest.version,
        'after changesets': next.get(name) ?? '–',
        packed: kilobytes(size),
        unpacked: kilobytes(unpackedSize),
        files: files.length,
      })),
    );
    const large = packages.filter(
      ({ manifest, size }) => manifest.peerDependencies?.['@tensorflow/tfjs-core'] && size > LARGEST,
    );
    for (const { name, size } of large)
      console.error(`${name} has ${kilobytes(size)} packed, more than ${kilobytes(LARGEST)}.`);
    if (large.length > 0) throw new Error('Packages that compute with tensors are to stay small.');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function step(title, ...commands) {
  console.log(`▶ ${title}`);
  for (const parameters of commands) run('pnpm', parameters, { cwd: ROOT, stdio: 'inherit' });
}
