// Stand-ins with which the whole command runs in a made-up repository without TensorFlow and without a network: a tfjs-node whose
// binding is compiled by the real g++ against a library with a single C function, and a Python that makes "virtual environments".
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { addPackage, addWheel } from './fake-workspace.mjs';

const PACKAGE = 'node_modules/@tensorflow/tfjs-node';

/** Writes an executable shell script into the repository's folder bin and puts that first on the PATH. */
export function addCommand({ context, write }, name, script) {
  chmodSync(write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  const bin = join(context.root, 'bin');
  const others = context.environment.PATH.split(delimiter).filter((folder) => folder !== '' && folder !== bin);
  context.environment.PATH = [bin, ...others].join(delimiter);
}

/** Adds a tfjs-node that loads its binding as the real one does, and computes "by heart" what the proof asks for. */
export function addLoadablePackage(workspace) {
  const { write } = workspace;
  addPackage(workspace);
  write(`${PACKAGE}/index.js`, TFJS_NODE);
  write(`${PACKAGE}/binding/tfjs_binding.cc`, BINDING);
  const gyp = `${PACKAGE}/node_modules/@mapbox/node-pre-gyp`;
  write(
    `${gyp}/lib/pre-binding.js`,
    "exports.find = () => { throw new Error('the binding in place was asked for'); };",
  );
  write(`${gyp}/index.js`, "Object.defineProperty(exports, 'find', { get: () => require('./lib/pre-binding').find });");
}

/** Adds a wheel below this site-packages whose libraries hold the C functions of `source`, compiled by g++. */
export function addCompiledWheel(workspace, sitePackages, source = 'const char* TF_Version() { return "2.21.0"; }') {
  const folder = addWheel(workspace, sitePackages);
  workspace.write(`${sitePackages}/tensorflow/include/tensorflow/c/c_api.h`, 'extern "C" const char* TF_Version();');
  const file = workspace.write('library.cc', `extern "C" { ${source} }`);
  const [library, other] = workspace.context.platform.libraries.map((name) => join(folder, name));
  const { status, stderr } = spawnSync('g++', ['-shared', '-fPIC', '-o', library, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  copyFileSync(library, other);
  return folder;
}

/**
 * Adds a python3. Its `-m venv` makes an environment whose `-m pip install` copies the folder `wheel` of the repository, or fails where
 * there is none. What pip was called with is appended to the file pip.log.
 */
export function addPython(workspace) {
  const { root } = workspace.context;
  const python = ['case "$1" in', '  -c) echo \'{"version": "3.11.7", "venv": true, "implementation": "cpython"}\' ;;'];
  const pip = [
    '#!/bin/sh',
    `echo "$@" >> '${root}/pip.log'`,
    `echo "user=$PIP_USER target=$PIP_TARGET index=$PIP_INDEX_URL" >> '${root}/pip.log'`,
    'mkdir -p "$(dirname "$0")/../lib/python3.11/site-packages"',
    `cp -R '${root}/wheel/.' "$(dirname "$0")/../lib/python3.11/site-packages"`,
  ];
  workspace.write('pip.sh', `${pip.join('\n')}\n`);
  python.push(`  -m) mkdir -p "$3/bin" && cp '${root}/pip.sh' "$3/bin/python" && chmod +x "$3/bin/python" ;;`, 'esac');
  addCommand(workspace, 'python3', python.join('\n'));
}

const TFJS_NODE = `
const path = require('path');
const binding = require(require('@mapbox/node-pre-gyp').find(path.join(__dirname, 'package.json')));
const tensor = (values) => ({ dataSync: () => values, sum() { return this; } });
exports.getBackend = () => 'tensorflow';
exports.backend = () => ({ binding, isUsingGpuDevice: false });
exports.tensor2d = exports.tensor3d = exports.tensor4d = tensor;
exports.matMul = () => tensor([5, 11, 14, 23]);
exports.conv2d = () => tensor([-4, -4, -4, -4]);
exports.grad = () => () => tensor([12, 16, 24, 28]);
exports.node = { encodePng: async (pixels) => pixels, decodePng: (pixels) => pixels };
`;

const BINDING = `
#include <node_api.h>
#include "tensorflow/c/c_api.h"
NAPI_MODULE_INIT() {
  napi_value version;
  napi_create_string_utf8(env, TF_Version(), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}
`;
