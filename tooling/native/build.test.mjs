// The whole command in a made-up repository: the compiler, the linker and the loading are real, TensorFlow and Python are not.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addCompiledWheel, addLoadablePackage, addPython } from './fake-machine.mjs';
import { fakeWorkspace, runNative } from './fake-workspace.mjs';
import { findTarget } from './tools.mjs';

const hasCompiler = spawnSync('g++', ['--version']).status === 0;

function machine() {
  const workspace = fakeWorkspace();
  workspace.context.environment.PATH = process.env.PATH;
  addLoadablePackage(workspace);
  addPython(workspace);
  return { ...workspace, target: findTarget(workspace.context) };
}

describe.skipIf(process.platform !== 'linux' || !hasCompiler)('npm run native', () => {
  it('installs TensorFlow, builds, is quick afterwards, and takes everything back', async () => {
    const workspace = machine();
    const { context, target } = workspace;
    addCompiledWheel(workspace, 'wheel');
    const before = readdirSync(context.root);

    const first = await runNative(workspace);
    expect(first.text).toContain('now runs on TensorFlow 2.21.0');
    expect(first.status).toBe(0);
    expect(existsSync(target.bindingPath)).toBe(true);
    // Only git-ignored folders and the binding are new, beside what this test's pip notes down.
    expect(readdirSync(context.root).sort()).toEqual([...before, '.cache', 'pip.log'].sort());
    expect(readdirSync(context.cache).sort()).toEqual(['logs', 'venv']);

    const second = await runNative(workspace);
    expect(second).toMatchObject({ status: 0, text: expect.stringContaining('Up to date') });

    // As after a fresh install of the packages.
    rmSync(join(target.folder, 'lib'), { recursive: true });
    const third = await runNative(workspace);
    expect(third.status).toBe(0);
    expect(third.text).not.toContain('pip');
    expect(existsSync(target.bindingPath)).toBe(true);

    expect(await runNative(workspace, '--remove')).toMatchObject({ status: 0 });
    expect(readdirSync(context.root).sort()).toEqual([...before, 'pip.log'].sort());
    expect(existsSync(join(target.folder, 'lib'))).toBe(false);
  });

  it("leaves the choice of index to pip's own settings, and the place to itself", async () => {
    const workspace = machine();
    const { context } = workspace;
    addCompiledWheel(workspace, 'wheel');
    Object.assign(context.environment, { PIP_INDEX_URL: 'https://mirror.example/simple', PIP_TARGET: '/elsewhere' });
    context.environment = { ...context.environment, PIP_USER: '1' };
    expect(await runNative(workspace)).toMatchObject({ status: 0 });
    const log = readFileSync(join(context.root, 'pip.log'), 'utf8');
    expect(log).toContain('-m pip install');
    expect(log).toContain('tensorflow-cpu==2.21.0');
    expect(log).toContain('user=0 target= index=https://mirror.example/simple');
  });

  it('says what pip said when it fails, and leaves nothing behind', async () => {
    const workspace = machine();
    const { status, text } = await runNative(workspace);
    expect(status).toBe(1);
    expect(text).toContain('pip could not install tensorflow-cpu==2.21.0');
    expect(text).toContain('PIP_INDEX_URL');
    expect(text).toContain('No such file');
    expect(readdirSync(join(workspace.context.cache, 'venv'))).toEqual([]);
    expect(existsSync(workspace.target.bindingPath)).toBe(false);
  });

  it('names a C function that TensorFlow lacks and puts nothing in place', async () => {
    const workspace = machine();
    addCompiledWheel(workspace, 'wheel', 'const char* TF_Other() { return ""; }');
    const { status, text } = await runNative(workspace);
    expect(status).toBe(1);
    expect(text).toContain('undefined symbol: TF_Version');
    expect(existsSync(dirname(workspace.target.bindingPath))).toBe(false);
    expect(readdirSync(workspace.context.cache).sort()).toEqual(['logs', 'venv']);
  });

  it("shows the compiler's last lines when it fails", async () => {
    const workspace = machine();
    addCompiledWheel(workspace, 'wheel');
    workspace.write('node_modules/@tensorflow/tfjs-node/binding/tfjs_binding.cc', 'not_a_program');
    const { status, text } = await runNative(workspace);
    expect(status).toBe(1);
    expect(text).toContain('not_a_program');
    expect(existsSync(workspace.target.bindingPath)).toBe(false);
  });
});
