// Compiles tfjs-node's binding against a wheel.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastLines, logFile, run } from './context.mjs';
import { nodeHeaders } from './tools.mjs';

/** Compiles the binding into `folder` and returns the file's path. */
export async function compileBinding(context, { compiler, target, wheel, folder }) {
  const binding = join(folder, 'tfjs_binding.node');
  const parameters = [...compilerParameters(context, target, wheel), '-o', binding];
  const log = logFile(context, 'compile');
  const { status, output } = await run(context, compiler, parameters, { log });
  if (status !== 0) {
    throw new Error(
      `${compiler} could not compile the binding. Its last lines:\n${lastLines(output)}\nThe whole output is in ${log}. What was in ` +
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
