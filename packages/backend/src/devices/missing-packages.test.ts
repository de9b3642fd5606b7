import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';

const folder = folderOfFile();
const { resolve } = createRequire(import.meta.url);

/** An install without any optional package: copies of the built packages, beside what they cannot do without. */
function install(): void {
  const modules = join(folder, 'node_modules');
  const backend = fileURLToPath(new URL('../..', import.meta.url));
  const compile = dirname(resolve('@llm-mde/compile/package.json'));
  for (const [name, from] of Object.entries({ backend, compile })) {
    for (const part of ['dist', 'package.json']) {
      cpSync(join(from, part), join(modules, '@llm-mde', name, part), { recursive: true });
    }
  }
  mkdirSync(join(modules, '@tensorflow'));
  symlinkSync(join(backend, 'node_modules/@tensorflow/tfjs-core'), join(modules, '@tensorflow/tfjs-core'));
  symlinkSync(join(compile, 'node_modules/onnxruntime-common'), join(modules, 'onnxruntime-common'));
}

function runProgram(program: string) {
  return spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', `import * as backend from '@llm-mde/backend';\n${program}`],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', NODE_PATH: '', LLM_MDE_DEVICE: '' },
    },
  );
}

it('without optional packages auto takes wasm, warns, and says what to install for each other device', () => {
  install();
  const { stdout, stderr } = runProgram(
    `const { name, skipped } = await backend.openDevice();
    console.log(JSON.stringify({ name, ...Object.fromEntries(skipped.map(({ device, reason }) => [device, reason])) }));`,
  );
  const { name, cuda, webgpu, cpu, native } = JSON.parse(stdout);
  expect(name).toBe('wasm');
  expect(cpu).toBe(
    'the npm package onnxruntime-node is not installed: run `npm install onnxruntime-node`, with the environment variable ' +
      'ONNXRUNTIME_NODE_INSTALL=skip where its install script fails to download CUDA libraries.',
  );
  expect(webgpu).toContain('run `npm install webgpu`');
  expect(native).toContain('run `npm install @tensorflow/tfjs-node`');
  expect(cuda).toMatch(/NVIDIA|@tensorflow\/tfjs-node-gpu|does not exist/);
  expect(stderr).toContain(
    'Warning: Computing on wasm, the slowest device. cpu is faster, but the npm package onnxruntime-node',
  );
});

it('says so of a device that is asked for by name, and warns of nothing that was asked for', () => {
  const { stdout, stderr } = runProgram(
    `for (const device of ['cpu', 'webgpu']) await backend.openDevice({ device }).catch((error) => console.log(error.message));
    await backend.openDevice({ device: 'wasm' });`,
  );
  expect(stdout).toContain("The device cpu can't be opened: the npm package onnxruntime-node is not installed");
  expect(stdout).toMatch(/The device webgpu can't be opened: the npm package \S+ is not installed: run `npm install/);
  expect(stderr).not.toContain('Warning');
});
