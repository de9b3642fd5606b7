// `npm run release` publishes what is not on npm yet; the workflow runs it. With --dry-run nothing is published and the working tree stays as it is:
// a copy gets the next version, whose changelogs are printed, and is packed and checked as it would be published.
//
//     npm run release -- [--dry-run]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inTemporaryFolder } from '../workspace/command.mjs';
import { copyRepository, nextRelease } from './next-release.mjs';
import { checkTarball } from './tarball.mjs';
import { packAll, ROOT } from './workspace.mjs';

if (process.argv.includes('--dry-run')) await dryRun();
else {
  const changeset = join(ROOT, 'node_modules/@changesets/cli/bin.js');
  process.exitCode = spawnSync(process.execPath, [changeset, 'publish', ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  }).status;
}

async function dryRun() {
  await inTemporaryFolder(async (folder) => {
    const copy = join(folder, 'repository');
    copyRepository(ROOT, copy);
    const releases = nextRelease(copy);
    for (const { name, from, to, changelog } of releases) console.log(`# ${name} ${from} → ${to}\n\n${changelog}\n`);
    if (releases.length === 0) console.log('No changeset waits: nothing would be released.\n');
    const packages = packAll(join(folder, 'tarballs'), copy);
    const problems = [];
    for (const entry of packages) problems.push(...(await checkTarball(entry, packages)));
    for (const problem of problems) console.error(`✗ ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
    else
      console.log(
        `✓ ${packages.length} packages could be published: ${packages.map(({ name, manifest }) => `${name} ${manifest.version}`).join(', ')}`,
      );
  });
}
