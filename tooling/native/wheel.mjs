// Installs the TensorFlow wheel to build against into a private virtual environment, and finds it there again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { lastLines, logFile, run, step } from './context.mjs';
import { wheelRequirement } from './platform.mjs';
import { readOnlyPython } from './tools.mjs';
import { TENSORFLOW } from './versions.mjs';

/**
 * The CUDA libraries that TensorFlow opens by name when it looks for a GPU. In the wheel's environment they lie one folder each
 * below site-packages/nvidia.
 */
const CUDA_LIBRARY =
  /^lib(cudart|cublas|cublasLt|cufft|curand|cusparse|cusolver|cudnn|cupti|nccl|nvJitLink|nvrtc)\.so\.\d+$/;

/** Written into a private environment when its installation is complete. */
const COMPLETE = 'llm-mde-complete.json';

/**
 * The wheel that an earlier run installed, or undefined if one has to be installed first:
 * `{ version, folder, include, libraries, cudaLibraries }`.
 */
export function findWheel(context, options) {
  const folder = privateFolder(context, options);
  const complete = join(folder, COMPLETE);
  if (!existsSync(complete)) return undefined;
  const { tensorflow } = JSON.parse(readFileSync(complete, 'utf8'));
  return wheelAt(context, join(folder, tensorflow), options).wheel;
}

/** Makes the private environment with this Python and installs TensorFlow into it. */
export async function installWheel(context, options, python) {
  const { requirement } = wheelRequirement(context.platform, options);
  const folder = privateFolder(context, options);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const environment = pipEnvironment(context);
  try {
    await step(context, `make a private Python environment in ${relative(context.root, folder)} with ${python}`, () =>
      runOrExplain(
        context,
        python,
        ['-m', 'venv', folder],
        { environment, log: logFile(context, 'venv') },
        `${python} could not make a virtual environment. Debian and Ubuntu: apt-get install python3-venv.`,
      ),
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
        `pip could not install ${requirement}. It needs a package index that it can reach, or a mirror (PIP_INDEX_URL).`,
      ),
    );
    const tensorflow = findTensorflow(folder);
    if (!tensorflow) throw new Error(`pip reported success, but there is no TensorFlow in ${folder}.`);
    const { wheel, problem } = wheelAt(context, tensorflow, options);
    if (!wheel) throw new Error(`TensorFlow as pip installed it ${problem}.`);
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
  const include = join(folder, 'include');
  const libraries = context.platform.libraries.map((name) => join(folder, name));
  const needed = [...libraries, join(include, 'tensorflow/c/c_api.h')];
  const absent = needed.filter((path) => !existsSync(path)).map((path) => relative(folder, path));
  if (absent.length > 0) return { problem: `lacks ${absent.join(' and ')}` };
  const cudaLibraries = options.gpu ? cudaLibrariesBeside(folder) : [];
  return { wheel: { version: TENSORFLOW, folder, include, libraries, cudaLibraries } };
}

function privateFolder(context, options) {
  return join(context.cache, 'venv', wheelRequirement(context.platform, options).environmentName);
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

async function runOrExplain(context, command, parameters, runOptions, problem) {
  const { status, output } = await run(context, command, parameters, runOptions);
  if (status === 0) return;
  throw new Error(
    `${problem} Its last lines:\n${lastLines(output)}\nThe whole output is in ${runOptions.log}. The private environment ` +
      'was removed again; what was in place before still is.',
  );
}
