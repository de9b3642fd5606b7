// Compiles tfjs-node's binding against a wheel, and checks that the wheel has every C function that it calls.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { lastLines, logFile, NativeError, run } from './context.mjs';
import { nodeHeaders } from './tools.mjs';

const NEEDED_SYMBOL = /^TFE?_\w+$/;

/** Compiles the binding into `folder` and returns the file's path. */
export async function compileBinding(context, { tools, target, wheel, folder }) {
  const binding = join(folder, 'tfjs_binding.node');
  const parameters = [...compilerParameters(context, target, wheel), '-o', binding];
  const log = logFile(context, 'compile');
  const { status, output } = await run(context, tools.compiler, parameters, { log });
  if (status !== 0) {
    throw new NativeError(
      `${tools.compiler} could not compile the binding. Its last lines:\n${lastLines(output)}\nThe whole output is in ${log}. What was in ` +
        'place before still is.',
    );
  }
  return binding;
}

/** Names the build of a binding: the same key means the same sources, flags, TensorFlow and place. */
export function bindingKey(context, target, wheel) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([context.platform.name, target.name, target.version, wheel.version]));
  hash.update(JSON.stringify(compilerParameters(context, target, wheel)));
  for (const file of sources(target, /\.(cc|h)$/)) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 20);
}

/** Names of the TF_ and TFE_ functions that the binding calls and none of the libraries has, sorted. */
export async function missingSymbols(context, nm, binding, libraries) {
  const { nmFlags } = context.platform;
  const needed = await readSymbols(context, nm, [...nmFlags.undefined, binding]);
  if (needed.size === 0)
    throw new NativeError(`${binding} calls no TensorFlow function at all: it was not built rightly.`);
  for (const library of libraries) {
    for (const name of await readSymbols(context, nm, [...nmFlags.defined, library])) needed.delete(name);
  }
  return [...needed].sort();
}

/** The TensorFlow C symbol in a line that nm printed ("0000 T TF_Version@@VERS"), or undefined. */
export function symbolInLine(line, prefix = '') {
  const name = line.trim().split(/\s+/).at(-1).split('@')[0];
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return NEEDED_SYMBOL.test(bare) ? bare : undefined;
}

// Line by line, because libtensorflow_cc has half a million symbols.
function readSymbols(context, nm, parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(nm, parameters, { env: context.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    const symbols = new Set();
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const symbol = symbolInLine(line, context.platform.symbolPrefix);
      if (symbol) symbols.add(symbol);
    });
    const fail = (reason) => reject(new NativeError(`${nm} ${parameters.join(' ')} failed (${reason}).`));
    const status = new Promise((done) => child.on('close', (code, signal) => done(signal ?? code)));
    child.on('error', (error) => fail(error.message));
    lines.on('close', async () => ((await status) === 0 ? resolve(symbols) : fail(`status ${await status}`)));
  });
}

function compilerParameters(context, target, wheel) {
  const libraries = [...wheel.libraries, ...wheel.cudaLibraries];
  // -Xlinker, because -Wl splits at commas, which a path may have.
  const searchPaths = [...new Set(libraries.map((path) => dirname(path)))].flatMap((path) =>
    ['-rpath', path].flatMap((word) => ['-Xlinker', word]),
  );
  return [
    '-std=c++17',
    '-O2',
    '-fPIC',
    `-DNAPI_VERSION=${target.nodeApiVersion}`,
    `-I${nodeHeaders()}`,
    `-I${wheel.include}`,
    ...context.platform.linkFlags,
    ...sources(target, /\.cc$/),
    // The CUDA libraries are linked in by name, although the binding calls none of them: loaded from the wheel's environment
    // together with the binding, they are there when TensorFlow asks for them by name.
    ...libraries,
    ...searchPaths,
  ];
}

function sources(target, pattern) {
  const folder = join(target.folder, 'binding');
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  return names.sort().map((name) => join(folder, name));
}
