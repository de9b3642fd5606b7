// `npm run docs -- api`: the public API of all packages in docs/api, which is not committed.
import { join } from 'node:path';
import { Application } from 'typedoc';
import { publicPackages, ROOT } from './workspace.mjs';

const FOLDER = join(ROOT, 'docs/api');
const typedoc = await Application.bootstrap({
  name: 'LLM-MDE for TypeScript',
  entryPoints: publicPackages().flatMap(sources),
  readme: join(ROOT, 'README.md'),
  tsconfig: join(ROOT, 'tooling/release/typedoc.tsconfig.json'),
  // `npm test` checks types; this only reads them.
  skipErrorChecking: true,
  logLevel: 'Error',
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  validation: { notExported: false, invalidLink: true },
});
const project = await typedoc.convert();
if (!project) throw new Error('TypeDoc could not read the packages; see above.');
typedoc.validate(project);
await typedoc.generateDocs(project, FOLDER);
console.log(FOLDER);

/** Of each entry: `./dist/index.js` is built from `src/index.ts`. */
function sources({ folder, manifest }) {
  return Object.values(manifest.exports ?? {})
    .filter((target) => target.types)
    .map((target) => join(ROOT, folder, target.default.replace('dist/', 'src/').replace(/\.js$/, '.ts')));
}
