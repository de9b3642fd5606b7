// `npm run docs`: the public API of every package that has one, as pages in docs/api, which is not committed.
import { join } from 'node:path';
import { publicPackages, ROOT } from './workspace.mjs';

const packages = publicPackages().filter(({ manifest }) => manifest.exports);

/** The source of each entry: `./dist/index.js` is built from `src/index.ts`. */
const entryPoints = packages.flatMap(({ folder, manifest }) =>
  Object.values(manifest.exports)
    .filter((target) => target.types)
    .map((target) => join(ROOT, folder, target.default.replace('dist/', 'src/').replace(/\.js$/, '.ts'))),
);

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'LLM-MDE for TypeScript',
  entryPoints,
  out: join(ROOT, 'docs/api'),
  readme: join(ROOT, 'README.md'),
  tsconfig: join(ROOT, 'tooling/release/typedoc.tsconfig.json'),
  // The tests and `npm test` check types; this only reads them.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
};
