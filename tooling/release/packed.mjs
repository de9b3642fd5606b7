// Installs the packages as a stranger would: packs each, installs the packed files into empty projects with npm and with pnpm, and there runs every
// README's example as an ES module and as CommonJS, compiles it strictly with TypeScript, and runs those for browsers in Chromium. Then installs
// single packages, which must bring nothing native and no more than their limits, tries llm-mde without what it can do without, and runs the projects
// of examples/ (examples.mjs).
//
//     npm run check:release -- --install [--only metrics,lora] [--manager npm] [--keep FOLDER]
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasChromium, runInBrowser } from './browser-examples.mjs';
import { runExamples } from './examples.mjs';
import { installAlone } from './install-alone.mjs';
import { checkLeaves } from './leaves.mjs';
import { readmeExamples, toCommonJs, toModule } from './readme-examples.mjs';
import { checkSizes } from './sizes.mjs';
import { packAll, ROOT, run, tarballsOf } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    install: { type: 'boolean' },
    only: { type: 'string' },
    manager: { type: 'string' },
    keep: { type: 'string' },
  },
});
const wanted = values.only?.split(',');
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'packed-'));
const managers = values.manager?.split(',') ?? ['npm', 'pnpm'];
const problems = [];
try {
  const packages = packAll(join(folder, 'tarballs'));
  console.log(`▶ packed ${packages.length} packages`);
  for (const manager of managers) await testProject(manager, packages);
  if (!wanted) {
    problems.push(...checkLeaves(folder, packages), ...checkSizes(folder, packages));
    await tryLightInstall(packages);
    problems.push(...(await runExamples(join(folder, 'examples'), packages)));
  }
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(`✗ ${problem}`);
console.log(problems.length === 0 ? '\nAll of it works.' : `\n${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function testProject(manager, packages) {
  const project = join(folder, manager);
  console.log(`▶ ${manager}: install all packages into an empty project`);
  installAll(manager, project, packages);
  copyFileSync(join(ROOT, 'tooling/release/example-files.mjs'), join(project, 'example-files.mjs'));
  const shared = join(project, 'shared');
  mkdirSync(shared);
  run('node', ['example-files.mjs', shared, join(ROOT, 'packages/language-model/fixtures/tiny-bert')], {
    cwd: project,
  });

  const chosen = packages.filter(({ name }) => !wanted || wanted.includes(basename(name)));
  for (const entry of chosen) {
    const { node } = readmeExamples(entry);
    if (node.length === 0) {
      if (!entry.manifest.bin) problems.push(`${entry.name}: the README has no example.`);
      else runCommand(manager, project, entry);
      continue;
    }
    for (const [index, code] of node.entries()) {
      const [title, file] = [`${manager}: ${entry.name}`, `${basename(entry.name)}-${index}`];
      runExample(`${title}, ES module`, project, shared, `${file}.mjs`, toModule(code));
      runExample(`${title}, CommonJS`, project, shared, `${file}.cjs`, toCommonJs(code));
    }
  }
  typeCheck(manager, project, chosen);
  if (!hasChromium) return console.log('- browsers: skipped, there is no Chromium');
  const forBrowsers = chosen.flatMap((entry) =>
    readmeExamples(entry).browser.map((code) => ({ name: entry.name, code, files: join(shared, 'site') })),
  );
  for (const { name, problem } of await runInBrowser(project, forBrowsers)) {
    report(`${manager}: ${name}, Chromium`, problem);
  }
}

/** Every package, and what its README tells to install beside it. */
function installAll(manager, project, packages) {
  mkdirSync(project, { recursive: true });
  const tarballs = tarballsOf(packages);
  const others = {
    '@huggingface/transformers': '^4.3.1',
    '@tensorflow/tfjs': '^4.22.0',
    '@tensorflow/tfjs-core': '^4.22.0',
    h5wasm: '^0.10.3',
    'onnxruntime-node': '^1.30.0',
    'onnxruntime-web': '^1.30.0',
    sharp: '^0.35.5',
  };
  // The compiler with what it needs: the declarations of tfjs-core name a type of @types/long.
  const tools = {
    '@types/long': '^4.0.2',
    '@types/node': '^20.19.0',
    typescript: '~5.9.0',
  };
  const manifest = { name: 'empty', private: true, dependencies: { ...tarballs, ...others }, devDependencies: tools };
  if (manager === 'pnpm') manifest.pnpm = { overrides: tarballs };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, null, 2));
  // A folder of its own for pnpm, whatever workspace it lies in.
  const [command, ...parameters] =
    manager === 'pnpm'
      ? ['pnpm', 'install', '--ignore-workspace', '--no-frozen-lockfile']
      : ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'];
  // Without CUDA's libraries for ONNX Runtime: hundreds of megabytes, from outside npm.
  run(command, parameters, { cwd: project, env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } });
}

/** llm-mde alone: in Node it says what to install, and then runs on WebAssembly; in Chromium its example needs nothing else. */
async function tryLightInstall(packages) {
  const entry = packages.find(({ name }) => name === 'llm-mde');
  const shared = managers.map((manager) => join(folder, manager, 'shared')).find(existsSync);
  const { node, browser } = readmeExamples(entry);
  const project = installAlone('npm', folder, packages, entry.name);
  writeFileSync(join(project, 'example.mjs'), toModule(node[0]));
  const runIt = () => runProgram(join(project, 'example.mjs'), shared);
  const says = (text, { stderr }) => (stderr.includes(text) ? undefined : `it does not say ${text}: ${stderr}`);
  report('llm-mde alone, Node: how to install sharp', says('`npm install sharp`', runIt()));
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', 'sharp@^0.35.5'], { cwd: project });
  const withSharp = runIt();
  report('llm-mde with sharp, Node, on WebAssembly', withSharp.status === 0 ? undefined : withSharp.stderr);
  report('llm-mde with sharp, Node: how to be faster', says('`npm install onnxruntime-node`', withSharp));
  if (!hasChromium) return;
  const examples = browser.map((code) => ({ name: 'llm-mde alone', code, files: join(shared, 'site') }));
  for (const { name, problem } of await runInBrowser(project, examples)) report(`${name}, Chromium`, problem);
}

/** In a folder of its own within the project, where the files are that examples read. */
function runExample(title, project, shared, file, code) {
  writeFileSync(join(project, file), code);
  const { status, stderr } = runProgram(join(project, file), shared);
  const warning = /ExperimentalWarning.*/.exec(stderr)?.[0];
  report(title, status !== 0 ? stderr.trim() || `status ${status}` : warning);
}

function runProgram(file, shared) {
  const environment = { ...process.env, HF_HUB_CACHE: join(shared, 'hub'), HF_HUB_OFFLINE: '1', NODE_OPTIONS: '' };
  return spawnSync(process.execPath, [file], { cwd: shared, env: environment, encoding: 'utf8', timeout: 600_000 });
}

function runCommand(manager, project, { name, manifest }) {
  for (const command of Object.keys(manifest.bin)) {
    const { status, stdout, stderr } = spawnSync(join(project, 'node_modules/.bin', command), ['--version'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const right = status === 0 && stdout.trim() === manifest.version;
    report(`${manager}: ${name}, ${command} --version`, right ? undefined : `${stdout}${stderr}`);
  }
}

/** All examples in one program, as ES modules, and every entry from CommonJS; also the declarations that they import. */
function typeCheck(manager, project, packages) {
  const sources = join(project, 'types');
  mkdirSync(sources);
  for (const entry of packages) {
    const { node, browser } = readmeExamples(entry);
    for (const [index, code] of [...node, ...browser].entries()) {
      writeFileSync(join(sources, `${basename(entry.name)}-${index}.mts`), `${code}\nexport {};\n`);
    }
    const entries = Object.keys(entry.manifest.exports ?? {}).filter((path) => entry.manifest.exports[path].types);
    const imports = entries.map((path, index) => `import entry${index} = require('${join(entry.name, path)}');`);
    const uses = entries.map((_, index) => `export type Entry${index} = typeof entry${index};`);
    writeFileSync(join(sources, `${basename(entry.name)}.cts`), [...imports, ...uses, 'export {};', ''].join('\n'));
  }
  const compilerOptions = {
    ...{ target: 'ES2022', lib: ['ES2023', 'DOM', 'DOM.Iterable'], module: 'NodeNext' },
    ...{ strict: true, skipLibCheck: false, noEmit: true },
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['types'] }));
  const tsc = join(project, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: project,
  });
  // But for what is wrong in declarations of others: tfjs-backend-wasm brings @types/emscripten, which declares what h5wasm declares.
  const errors = status === 0 ? [] : stdout.trim().split(/\n(?=\S)/);
  const ours = errors.filter((error) => !/node_modules\/(?!.*node_modules\/)(?!@?llm-mde\/)/.test(error.split('(')[0]));
  report(`${manager}: TypeScript, strict, with the declarations of our packages`, ours.join('\n'));
}

function report(title, problem) {
  console.log(`${problem ? '✗' : '✓'} ${title}`);
  if (problem) problems.push(`${title}: ${problem}`);
}
