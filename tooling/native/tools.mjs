// Finds what a build needs: tfjs-node's sources, a C++ compiler and a Python. Whatever is missing is told in one message.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { lastLineAsJson, run } from './context.mjs';
import { NEWEST_PYTHON, OLDEST_PYTHON, pythonFits } from './versions.mjs';

const COMPILER_HINT =
  'Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install';

/**
 * The installed tfjs-node (or tfjs-node-gpu) that `@llm-mde/backend` loads: `{ name, version, folder, bindingPath, nodeApiVersion }`,
 * or undefined where it is not installed.
 */
export function findTarget(context, { gpu = false } = {}) {
  const name = gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const link = resolve(context.root, 'node_modules', name);
  if (!existsSync(join(link, 'package.json'))) return undefined;
  const folder = realpathSync(link);
  const { version, binary } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const nodeApiVersion = Math.max(...binary.napi_versions);
  const bindingFolder = binary.module_path.replace('{napi_build_version}', nodeApiVersion);
  const bindingPath = resolve(folder, bindingFolder, `${binary.module_name}.node`);
  return { name, version, folder, bindingPath, nodeApiVersion };
}

/** The folder that holds node_api.h. */
export function nodeHeaders() {
  return join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
}

/**
 * Finds `{ compiler, python? }`, names of commands that run. A Python is looked for only where the wheel has to be installed. Throws one
 * Error that lists everything that is missing.
 */
export async function findTools(context, options, { target, wheel }) {
  const missing = [];
  if (!target) {
    const what = options.gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
    missing.push({ what, how: "it comes with the project's packages: npm run build" });
  }
  const compiler = await firstThatRuns(context, [context.environment.CXX, 'g++', 'clang++', 'c++']);
  if (!compiler) missing.push({ what: 'a C++ compiler (g++ or clang++)', how: COMPILER_HINT });
  const { python, problem } = wheel ? {} : await findPython(context);
  if (problem) missing.push({ what: `Python ${OLDEST_PYTHON} to ${NEWEST_PYTHON}`, how: problem });
  if (missing.length > 0) throw missingError(missing);
  return { compiler, python };
}

function missingError(missing) {
  const names = new Intl.ListFormat('en').format(missing.map(({ what }) => what));
  return new Error(
    [
      `The native device can't be built, because this machine lacks ${names}; nothing was changed.`,
      ...missing.map(({ what, how }) => `  • ${what}: ${how}.`),
      'Then run `npm run native` again. Until then the project runs on its other devices.',
    ].join('\n'),
  );
}

/** The environment in which a Python of the user's leaves no compiled files behind. */
export function readOnlyPython({ environment }) {
  return { ...environment, PYTHONDONTWRITEBYTECODE: '1' };
}

async function findPython(context) {
  const program = [
    'import importlib.util, json, sys',
    'modules = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))',
    'print(json.dumps({"version": sys.version.split()[0], "venv": modules, "implementation": sys.implementation.name}))',
  ].join('\n');
  const environment = readOnlyPython(context);
  const rejected = [];
  for (const python of ['python3', ...pythonNames(), 'python']) {
    const { status, stdout } = await run(context, python, ['-c', program], { environment, timeout: 30_000 });
    if (status === -1) continue; // There is no such command.
    const reason = pythonProblem(status === 0 ? lastLineAsJson(stdout) : undefined);
    if (!reason) return { python };
    rejected.push(`${python} ${reason}`);
  }
  const found = rejected.length > 0 ? `${rejected.join(', ')}; ` : '';
  return {
    problem: `${found}Debian and Ubuntu: apt-get install python3 python3-venv; anywhere: uv python install 3.12, and put it on the PATH`,
  };
}

function pythonProblem(described) {
  if (!described) return 'does not run';
  const { version, venv, implementation } = described;
  if (implementation !== 'cpython') return `is ${implementation}, for which TensorFlow publishes no wheels`;
  if (!pythonFits(version)) return `is ${version}, for which TensorFlow publishes no wheels`;
  if (!venv) return `${version} lacks the module venv or ensurepip`;
  return undefined;
}

function pythonNames() {
  const [oldest, newest] = [OLDEST_PYTHON, NEWEST_PYTHON].map((version) => Number(version.split('.')[1]));
  return Array.from({ length: newest - oldest + 1 }, (_, index) => `python3.${newest - index}`);
}

/** The first of these commands that is there and answers to --version: macOS has stand-ins that only offer to install something. */
async function firstThatRuns(context, names) {
  for (const name of names.filter(Boolean)) {
    if ((await run(context, name, ['--version'], { timeout: 30_000 })).status === 0) return name;
  }
  return undefined;
}
