// Runs each project of examples/ as a stranger would: copies its folder alone to another place, installs it there with npm, with the packed packages in
// place of published ones, checks its types strictly, starts it, and holds what it prints against its README, whatever the numbers are. A project with a
// page is built and opened in Chromium.
//
//     node tooling/release/examples.mjs [--only predict-node,quantize-onnx] [--keep FOLDER]
//     node tooling/release/examples.mjs --fix      writes the present version of our packages into the examples
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { hasChromium, textOfBuiltPage } from './browser-examples.mjs';
import { packAll, publicPackages, ROOT, run, tarballsOf } from './workspace.mjs';

const EXAMPLES = join(ROOT, 'examples');

/** What the numbers that an example prints must be; their place in the text is in its README. */
const EXPECTED = {
  'compile-to-onnx': (text) => numbers(text, /largest difference of .*: (\S+)/).every((value) => value < 1e-5),
  'fine-tune-phone'(text) {
    const [[after], [before]] = [numbers(text, /^trained model +(\S+)/), numbers(text, /^before fine-tuning +(\S+)/)];
    return after < 0.9 * before;
  },
  'lora-sequential'(text) {
    const [seen, before, trained, without, loaded] = numbers(text, /: (\S+) %/);
    return seen > 95 && before < 60 && trained > 95 && without === seen && loaded === trained;
  },
  'quantize-onnx'(text) {
    const [fp16, q8, q4] = numbers(text, /depth differs by (\S+) %/);
    return fp16 < 0.5 && q8 < 5 && q4 < 20;
  },
};

/** @returns a sentence for each thing that is wrong with an example's files; with `fix` versions are written first. */
export function checkExamples({ fix = false } = {}) {
  const versions = Object.fromEntries(publicPackages().map(({ name, manifest }) => [name, `^${manifest.version}`]));
  const list = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  return exampleNames().flatMap((name) => {
    const file = join(EXAMPLES, name, 'package.json');
    const manifest = readJson(file);
    const problems = [];
    for (const dependency of Object.keys(manifest.dependencies).filter((each) => each in versions)) {
      if (manifest.dependencies[dependency] === versions[dependency]) continue;
      if (fix) manifest.dependencies[dependency] = versions[dependency];
      else problems.push(`${dependency} must be ${versions[dependency]}: run node tooling/release/examples.mjs --fix.`);
    }
    if (fix) writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
    if (manifest.name !== name) problems.push(`package.json must have the name ${name}.`);
    if (!list.includes(`(${name})`)) problems.push('examples/README.md does not name it.');
    if (outputOf(name).length === 0) problems.push('README.md has no block of text with what it prints.');
    return problems.map((problem) => `examples/${name}: ${problem}`);
  });
}

/** @param packages of `packAll`. @returns a sentence for each example that does not do what its README says. */
export async function runExamples(folder, packages, names = exampleNames()) {
  const problems = [];
  for (const name of names) {
    const started = performance.now();
    const problem = await runExample(join(folder, name), name, packages).catch(({ message }) => message);
    console.log(`${problem ? '✗' : '✓'} examples/${name}, ${Math.round((performance.now() - started) / 1000)} s`);
    if (problem) problems.push(`examples/${name}: ${problem}`);
  }
  return problems;
}

async function runExample(project, name, packages) {
  const made = ['node_modules', 'dist', 'output', 'package-lock.json'];
  const source = join(EXAMPLES, name);
  cpSync(source, project, { recursive: true, filter: (path) => !made.includes(path.slice(source.length + 1)) });
  install(project, packages);
  run(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '--strict'], { cwd: project });
  const isPage = existsSync(join(project, 'index.html'));
  if (isPage && !hasChromium) return console.log('- a page: not opened, there is no Chromium');
  const printed = isPage ? await openPage(project, name) : start(project);
  const missing = firstMissing(outputOf(name), printed);
  if (missing !== undefined) return `it did not print "${missing}" as its README says, but:\n${printed}`;
  return EXPECTED[name]?.(printed) === false ? `it printed numbers that are not right:\n${printed}` : undefined;
}

function install(project, packages) {
  const file = join(project, 'package.json');
  const manifest = readJson(file);
  const tarballs = tarballsOf(packages);
  const own = Object.keys(manifest.dependencies).filter((dependency) => dependency in tarballs);
  for (const dependency of own) manifest.dependencies[dependency] = tarballs[dependency];
  // npm refuses to override what is a dependency itself.
  manifest.overrides = Object.fromEntries(Object.entries(tarballs).filter(([dependency]) => !own.includes(dependency)));
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  // Without CUDA's libraries for ONNX Runtime: hundreds of megabytes, from outside npm.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // Vite's build sets NODE_ENV to production, with which npm leaves out the tools.
  run('npm', ['install', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: project, env });
}

function start(project) {
  const { status, stdout, stderr } = spawnSync('npm', ['start'], {
    cwd: project,
    env: { ...process.env, HF_HUB_OFFLINE: '1', NODE_OPTIONS: '' },
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(`npm start ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function openPage(project, name) {
  run('npm', ['run', 'build'], { cwd: project });
  return textOfBuiltPage(project, (text) => firstMissing(outputOf(name), text) === undefined);
}

/** The lines that an example's README says it prints: its block of `text`. A line of dots stands for any others. */
function outputOf(name) {
  const readme = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  const block = /^```text\n(.*?)^```$/ms.exec(readme)?.[1] ?? '';
  return block.split('\n').filter((line) => line.trim() !== '' && line.trim() !== '…');
}

/** The first of the expected lines that is not printed after the ones before it. Numbers and spaces may differ. */
function firstMissing(expected, printed) {
  const form = (line) =>
    line
      .replace(/-?\d[\d.,]*(e[+-]?\d+)?/g, '#')
      .replace(/\s+/g, ' ')
      .trim();
  const lines = printed.split(/[\r\n]+/).map(form);
  let place = 0;
  return expected.find((line) => {
    place = lines.indexOf(form(line), place) + 1;
    return place === 0;
  });
}

/** What an expression's group finds, in each line. */
function numbers(text, expression) {
  return [...text.matchAll(new RegExp(expression, 'gm'))].map(([, found]) => Number(found));
}

function exampleNames() {
  return readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'package.json')));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, keep: { type: 'string' }, fix: { type: 'boolean' } },
  });
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'examples-'));
  try {
    const problems = checkExamples(values);
    if (!values.fix)
      problems.push(...(await runExamples(folder, packAll(join(folder, 'tarballs')), values.only?.split(','))));
    for (const problem of problems) console.error(`✗ ${problem}`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
}
