// The public API of all packages as Markdown, in docs/api, which git ignores: a page for each package. The packages must be built.
import { readdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Application } from 'typedoc';
import { publicPackages, ROOT } from '../release/workspace.mjs';

const FOLDER = join(ROOT, 'docs/api');
const PACKAGES = join(ROOT, 'packages');

/** Writes the pages. @returns their folder. @throws where TypeDoc cannot read the packages, or a `{@link}` leads nowhere. */
export async function writeApi() {
  const entries = publicPackages().flatMap(entriesOf);
  const nameOf = new Map(
    entries.map(({ name, file }) => [relative(PACKAGES, file).replace(/(\/index)?\.ts$/, ''), name]),
  );
  const typedoc = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    name: 'API',
    entryPoints: entries.map(({ file }) => file),
    readme: 'none',
    tsconfig: join(ROOT, 'tooling/site/tsconfig.json'),
    // `npm test` checks types; this only reads them.
    skipErrorChecking: true,
    logLevel: 'Error',
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    validation: { notExported: false, invalidLink: true },
    treatValidationWarningsAsErrors: true,
    outputs: [{ name: 'markdown', path: FOLDER }],
    router: 'module',
    entryFileName: 'README',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    propertiesFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    enumMembersFormat: 'table',
    sanitizeComments: true,
    useHTMLAnchors: true,
    pageTitleTemplates: { index: 'API', module: ({ name }) => `API of ${name}` },
  });
  const project = await typedoc.convert();
  if (!project) throw new Error('TypeDoc could not read the packages; see above.');
  for (const module of project.children) module.name = nameOf.get(module.name);
  typedoc.validate(project);
  rmSync(FOLDER, { recursive: true, force: true });
  await typedoc.generateOutputs(project);
  if (typedoc.logger.hasErrors()) throw new Error('TypeDoc found errors; see above.');
  return FOLDER;
}

/** The name and the source of each entry: `dist/index.js` is built from `src/index.ts`, `dist/export.js` from `src/export/index.ts`. */
function entriesOf({ name, folder, manifest }) {
  const sources = readdirSync(join(ROOT, folder, 'src'), { recursive: true }).map((path) =>
    join(ROOT, folder, 'src', path),
  );
  return Object.entries(manifest.exports ?? {})
    .filter(([, target]) => target.types)
    .map(([path, target]) => {
      const entry = basename(target.default, '.js');
      const file =
        [`src/${entry}.ts`, `src/${entry}/index.ts`]
          .map((path) => join(ROOT, folder, path))
          .find((path) => sources.includes(path)) ?? sources.find((path) => basename(path) === `${entry}.ts`);
      return { name: name + path.slice(1), file };
    });
}
