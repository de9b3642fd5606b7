// What npm would refuse or a reader would miss, in a packed package.
import { readFileSync } from 'node:fs';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { run } from './workspace.mjs';

/**
 * @param entry a packed package: `{ name, manifest, file }`, with the manifest that its tarball should have.
 * @param packages all that are published together.
 * @returns a sentence for each thing that is wrong.
 */
export async function checkTarball({ name, manifest, file }, packages) {
  const problems = [];
  const files = run('tar', ['-tzf', file]).split('\n');
  for (const wanted of ['README.md', 'LICENSE']) {
    if (!files.includes(`package/${wanted}`)) problems.push(`${name}: ${wanted} is not in the tarball.`);
  }
  const packed = JSON.parse(run('tar', ['-xzOf', file, 'package/package.json']));
  if (packed.version !== manifest.version) problems.push(`${name}: the tarball says version ${packed.version}.`);
  const { dependencies, peerDependencies, optionalDependencies } = packed;
  for (const [other, range] of Object.entries({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
    const own = packages.find((each) => each.name === other);
    if (/^(workspace|catalog|link|file):/.test(range))
      problems.push(`${name}: ${other} would be asked for as ${range}.`);
    else if (own && range !== `^${own.manifest.version}`) {
      problems.push(`${name}: ${other} would be asked for as ${range}, not as ^${own.manifest.version}.`);
    }
  }
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(file)).buffer }, strict: true });
  problems.push(...messages.map((message) => `${name}: ${formatMessage(message, packed)}`));
  return problems;
}
