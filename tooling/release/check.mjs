// Checks what would be published: package.json (manifests.mjs), publint, "are the types wrong", licenses of dependencies, knip for what is
// unused or not declared, the Dockerfile, and actionlint for the workflows. With --install the packed packages are also installed and used (packed.mjs). The packages must be built.
//
//     npm run check:release -- [--install]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkDockerfile } from './dockerfile.mjs';
import { checkExamples } from './examples.mjs';
import { checkLicenses } from './licenses.mjs';
import { checkManifests } from './manifests.mjs';
import { checkTarball } from './tarball.mjs';
import { checkWorkflows } from './workflows.mjs';
import { packAll, ROOT } from './workspace.mjs';

const { resolve } = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'check-'));
let failed = false;
try {
  report('package.json', checkManifests());
  const packages = packAll(folder);
  const messages = [];
  for (const entry of packages) messages.push(...(await checkTarball(entry, packages)));
  report('tarballs and publint', messages);
  report(
    'are the types wrong',
    packages.filter(({ manifest }) => manifest.exports).flatMap(({ file }) => attw(file)),
  );
  report('examples', checkExamples());
  report('licenses', checkLicenses());
  report('Dockerfile', checkDockerfile());
  report('workflows', await checkWorkflows());
  report('knip', command('knip', join(dirname(resolve('knip')), '../bin/knip.js'), ['--no-config-hints']));
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
if (!failed && process.argv.includes('--install')) await import('./packed.mjs');

/**
 * The profile esm-only leaves one thing out that it would report: that CommonJS gets an ES module. Every supported Node can require one, which
 * packed.mjs tries.
 */
function attw(file) {
  const program = join(dirname(resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
  return command(file, program, [file, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color']);
}

function command(title, program, parameters) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...parameters], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return status === 0 ? [] : [`${title}:\n${stdout}${stderr}`];
}

function report(title, problems) {
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${title}`);
  for (const problem of problems) console.error(`  ${problem}`);
  failed ||= problems.length > 0;
}
