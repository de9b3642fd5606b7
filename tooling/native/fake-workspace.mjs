// A made-up repository for the tests: a tfjs-node with one source file, and a TensorFlow wheel in a private environment.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { native } from './native.mjs';
import { describePlatform } from './platform.mjs';

/** The machine that the tests describe, whatever they run on. */
export const MACHINE = { system: 'linux', architecture: 'x64', glibc: '2.36' };

/**
 * Makes the repository; it is removed when the test is over. Returns `{ context, output, write }`: what the functions under test
 * take (with an empty PATH), the lines that they printed, and a function that writes a file of the repository.
 */
export function fakeWorkspace() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'llm-mde-native-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const output = [];
  const context = {
    root,
    cache: join(root, '.cache/native'),
    environment: { PATH: '' },
    print: (line) => output.push(line),
    platform: describePlatform(MACHINE),
  };
  const write = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    return join(root, path);
  };
  return { context, output, write };
}

/** Adds tfjs-node (or tfjs-node-gpu) to the repository, as pnpm would have installed it for packages/backend. */
export function addPackage({ write }, name = '@tensorflow/tfjs-node') {
  const folder = `node_modules/${name}`;
  const binary = {
    module_name: 'tfjs_binding',
    module_path: './lib/napi-v{napi_build_version}',
    napi_versions: [3, 8],
  };
  write(`${folder}/package.json`, JSON.stringify({ name, version: '4.22.0', binary }));
  write(
    `${folder}/binding/tfjs_binding.cc`,
    'extern "C" const char* TF_Version(); const char* version() { return TF_Version(); }',
  );
}

/** Adds a folder `tensorflow` as pip would have unpacked it, below the site-packages at this path; returns its path. */
export function addWheel({ context, write }, sitePackages) {
  write(`${sitePackages}/tensorflow/include/tensorflow/c/c_api.h`, '');
  for (const name of context.platform.libraries) write(`${sitePackages}/tensorflow/${name}`, '');
  return join(context.root, sitePackages, 'tensorflow');
}

/** Adds a complete private environment with TensorFlow; returns the path of its folder `tensorflow`. */
export function addPrivateEnvironment(workspace, { version = '2.21.0' } = {}) {
  const environment = `.cache/native/venv/tensorflow-cpu-${version}`;
  const tensorflow = 'lib/python3.11/site-packages/tensorflow';
  workspace.write(`${environment}/llm-mde-complete.json`, JSON.stringify({ tensorflow }));
  return addWheel(workspace, `${environment}/lib/python3.11/site-packages`);
}

/** Runs the command in a made-up repository; resolves to its exit status and all that it printed. */
export async function runNative({ context, output }, ...parameters) {
  const options = Object.fromEntries(parameters.map((parameter) => [parameter.replace('--', ''), true]));
  const running = native(options, { ...context, platform: MACHINE });
  const status = await running.then(
    () => 0,
    (error) => output.push(error.message) && 1,
  );
  return { status, text: output.splice(0).join('\n') };
}
