// Finds a TensorFlow wheel to build against, or installs one into a private virtual environment. An environment that was found is
// only read.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { lastLines, logFile, NativeError, run, step } from './context.mjs';
import { wheelRequirement } from './platform.mjs';
import { findCommand, readOnlyPython } from './tools.mjs';
import { DEFAULT_TENSORFLOW, MINIMUM_TENSORFLOW, meetsMinimum } from './versions.mjs';

/** Names of the pip distributions that bring the folder `tensorflow`, as their dist-info folders spell them. */
const DISTRIBUTIONS = [
  'tensorflow',
  'tensorflow_cpu',
  'tensorflow_gpu',
  'intel_tensorflow',
  'tf_nightly',
  'tf_nightly_cpu',
];

/**
 * The CUDA libraries that TensorFlow opens by name when it looks for a GPU. In the wheel's environment they lie one folder each
 * below site-packages/nvidia.
 */
const CUDA_LIBRARY =
  /^lib(cudart|cublas|cublasLt|cufft|curand|cusparse|cusolver|cudnn|cupti|nccl|nvJitLink|nvrtc)\.so\.\d+$/;

/** Written into a private environment when its installation is complete. */
const COMPLETE = 'llm-mde-complete.json';

/**
 * The wheel to build against, or undefined if one has to be installed first:
 * `{ version, folder, include, libraries, cudaLibraries, isPrivate }`. Looks at --python or, without it, at the wheel that the
 * binding in place was built against (the folder `placed`), so that a plain second run stays with it; then at the active environment
 * and at the private environment of an earlier run.
 */
export async function findWheel(context, options, placed) {
  if (!options.python && placed) {
    const { wheel } = wheelAt(context, placed, options);
    if (wheel) return wheel;
  }
  const python = options.python ?? activePython(context);
  if (python) {
    const { wheel, problem } = await wheelOfPython(context, python, options);
    if (wheel) return wheel;
    context.print(
      `${options.python ? python : `The active environment (${python})`} ${problem}: using a private environment.`,
    );
  }
  return privateWheel(context, options);
}

/** Makes the private environment with this Python and installs TensorFlow into it. */
export async function installWheel(context, options, python) {
  const version = options.tensorflow ?? DEFAULT_TENSORFLOW;
  const { requirement } = wheelRequirement(context.platform, version, options);
  const folder = privateFolder(context, options);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const environment = pipEnvironment(context);
  try {
    await step(context, `make a private Python environment in ${relative(context.root, folder)} with ${python}`, () =>
      runOrExplain(context, python, ['-m', 'venv', folder], { environment, log: logFile(context, 'venv') }, () => [
        `${python} could not make a virtual environment.`,
        'Debian and Ubuntu: apt-get install python3-venv.',
      ]),
    );
    // The binding needs the wheel's libraries and headers only; for CUDA, the NVIDIA packages that the wheel depends on as well.
    const dependencies = options.gpu ? [] : ['--no-deps'];
    const size = options.gpu ? 'several GB' : 'about 270 MB';
    await step(context, `install ${requirement} there with pip (${size} to download)`, () =>
      runOrExplain(
        context,
        join(folder, 'bin/python'),
        ['-m', 'pip', 'install', '--no-input', '--only-binary=:all:', '--no-compile', ...dependencies, requirement],
        { environment, log: logFile(context, 'pip') },
        () => [
          `pip could not install ${requirement}. It needs a package index that it can reach, or a mirror (PIP_INDEX_URL).`,
        ],
      ),
    );
    const tensorflow = findTensorflow(folder);
    if (!tensorflow) throw new NativeError(`pip reported success, but there is no TensorFlow in ${folder}.`);
    const { wheel, problem } = wheelAt(context, tensorflow, options);
    if (!wheel) throw new NativeError(`TensorFlow as pip installed it ${problem}.`);
    // Relative, so that it still holds after the repository was moved.
    writeFileSync(join(folder, COMPLETE), JSON.stringify({ tensorflow: relative(folder, tensorflow) }));
    return wheel;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Removes private environments of the same kind that held other versions than the one in use now. */
export function removeOtherEnvironments(context, options, wheel) {
  if (!wheel.isPrivate) return;
  const environments = join(context.cache, 'venv');
  const [current] = relative(environments, wheel.folder).split(sep);
  const kind = options.gpu ? 'tensorflow-cuda-' : 'tensorflow-cpu-';
  for (const name of readdirSync(environments)) {
    if (!name.startsWith(kind) || name === current) continue;
    context.print(`Removing the private environment ${name}, which nothing uses any more.`);
    rmSync(join(environments, name), { recursive: true, force: true });
  }
}

/** Describes the wheel in a folder `tensorflow`: `{ wheel }`, or `{ problem }` where it can't be built against. */
export function wheelAt(context, folder, options) {
  if (!existsSync(folder)) return { problem: 'has no TensorFlow' };
  const version = versionOf(folder);
  if (!version) return { problem: 'has a TensorFlow of unknown version' };
  if (options.tensorflow && options.tensorflow !== version) {
    return { problem: `has TensorFlow ${version}, not ${options.tensorflow}` };
  }
  if (!meetsMinimum(version)) return { problem: `has TensorFlow ${version}, older than ${MINIMUM_TENSORFLOW}` };
  const include = join(folder, 'include');
  const libraries = context.platform.libraries.map((name) => join(folder, name));
  const needed = [...libraries, join(include, 'tensorflow/c/c_api.h')];
  const absent = needed.filter((path) => !existsSync(path)).map((path) => relative(folder, path));
  if (absent.length > 0) return { problem: `has a TensorFlow without ${absent.join(' and ')}` };
  if (options.gpu && !isCudaBuild(folder)) return { problem: `has TensorFlow ${version} built without CUDA` };
  const cudaLibraries = options.gpu ? cudaLibrariesBeside(folder) : [];
  const isPrivate = folder.startsWith(join(context.cache, 'venv') + sep);
  return { wheel: { version, folder, include, libraries, cudaLibraries, isPrivate } };
}

function activePython(context) {
  const { VIRTUAL_ENV, CONDA_PREFIX } = context.environment;
  const folder = VIRTUAL_ENV || CONDA_PREFIX;
  const python = folder && join(folder, 'bin/python');
  return python && existsSync(python) ? python : undefined;
}

async function wheelOfPython(context, python, options) {
  const path = findCommand(context, python);
  if (!path) {
    throw new NativeError(`--python ${python}: there is no such Python, or it is not executable. Nothing was changed.`);
  }
  // Finding the folder does not import TensorFlow, so it takes no time and writes nothing.
  const program =
    'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")';
  const environment = readOnlyPython(context);
  const cwd = import.meta.dirname;
  const { status, stdout, output } = await run(context, path, ['-c', program], { environment, cwd, timeout: 60_000 });
  if (status !== 0) throw new NativeError(`${path} does not run:\n${lastLines(output)}\nNothing was changed.`);
  const folder = stdout.trim();
  return folder ? wheelAt(context, resolve(folder), options) : { problem: 'has no TensorFlow' };
}

function privateWheel(context, options) {
  const folder = privateFolder(context, options);
  const complete = join(folder, COMPLETE);
  if (!existsSync(complete)) return undefined;
  const { tensorflow } = JSON.parse(readFileSync(complete, 'utf8'));
  return wheelAt(context, join(folder, tensorflow), options).wheel;
}

function privateFolder(context, options) {
  const version = options.tensorflow ?? DEFAULT_TENSORFLOW;
  return join(context.cache, 'venv', wheelRequirement(context.platform, version, options).environmentName);
}

function findTensorflow(environment) {
  for (const library of ['lib', 'lib64']) {
    const folder = join(environment, library);
    const pythons = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('python')) : [];
    const found = pythons
      .map((name) => join(folder, name, 'site-packages/tensorflow'))
      .find((path) => existsSync(path));
    if (found) return found;
  }
  return undefined;
}

/** The version is in the name of the dist-info folder that pip writes beside the package. */
function versionOf(folder) {
  for (const name of readdirSync(dirname(folder))) {
    const match = /^(.+?)-(\d+\.\d+\.[^-]+)\.dist-info$/.exec(name);
    if (match && DISTRIBUTIONS.includes(match[1].toLowerCase().replaceAll('-', '_'))) return match[2];
  }
  return undefined;
}

function isCudaBuild(folder) {
  const file = join(folder, 'python/platform/build_info.py');
  return existsSync(file) && /'is_cuda_build',\s*True/.test(readFileSync(file, 'utf8'));
}

function cudaLibrariesBeside(folder) {
  const nvidia = join(dirname(folder), 'nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map((name) => join(nvidia, name, 'lib'))
    .filter((library) => existsSync(library))
    .flatMap((library) => readdirSync(library).map((name) => join(library, name)))
    .filter((path) => CUDA_LIBRARY.test(basename(path)))
    .sort();
}

/** pip must install into the private environment, whatever the user's settings for other projects say. */
function pipEnvironment(context) {
  const { PIP_TARGET, PIP_PREFIX, PIP_ROOT, PYTHONPATH, PYTHONHOME, ...environment } = readOnlyPython(context);
  return { ...environment, PIP_USER: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONNOUSERSITE: '1' };
}

async function runOrExplain(context, command, parameters, runOptions, explain) {
  const { status, output } = await run(context, command, parameters, runOptions);
  if (status === 0) return;
  throw new NativeError(
    `${explain().join(' ')} Its last lines:\n${lastLines(output)}\nThe whole output is in ${runOptions.log}. The private environment ` +
      'was removed again; what was in place before still is.',
  );
}
