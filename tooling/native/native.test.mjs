import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bindingKey } from './binding.mjs';
import { addCommand } from './fake-machine.mjs';
import { addPackage, addPrivateEnvironment, fakeWorkspace, runNative } from './fake-workspace.mjs';
import { native } from './native.mjs';
import { placeBinding } from './placement.mjs';
import { findTarget } from './tools.mjs';
import { findWheel } from './wheel.mjs';

describe('a machine on which something is missing', () => {
  it('lists everything at once and changes nothing', async () => {
    const workspace = fakeWorkspace();
    const { status, text } = await runNative(workspace);
    expect(status).toBe(1);
    for (const part of ['@tensorflow/tfjs-node', 'C++ compiler', 'Python 3.10 to 3.13']) expect(text).toContain(part);
    expect(text).toContain('nothing was changed');
    expect(readdirSync(workspace.context.root)).toEqual([]);
  });

  it('names only what is missing', async () => {
    const workspace = fakeWorkspace();
    addPackage(workspace);
    addCommand(workspace, 'clang++', 'exit 0');
    const { status, text } = await runNative(workspace);
    expect(status).toBe(1);
    expect(text).not.toContain('C++ compiler');
    expect(text).not.toContain('tfjs-node');
    expect(text).toContain('Python 3.10 to 3.13');
    expect(existsSync(workspace.context.cache)).toBe(false);
  });

  it.each([
    ['{"version": "3.14.1", "venv": true, "implementation": "cpython"}', 'python3 is 3.14.1'],
    ['{"version": "3.12.1", "venv": false, "implementation": "cpython"}', 'python3 3.12.1 lacks the module venv'],
    ['{"version": "3.11.1", "venv": true, "implementation": "pypy"}', 'python3 is pypy'],
    ['command not found', 'python3 does not run'],
  ])('says what is wrong with a Python that answers %s', async (answer, reason) => {
    const workspace = fakeWorkspace();
    addPackage(workspace);
    addCommand(workspace, 'python3', `echo '${answer}'`);
    expect((await runNative(workspace)).text).toContain(reason);
  });

  it('does not count a compiler that only offers to install one', async () => {
    const workspace = fakeWorkspace();
    addCommand(workspace, 'g++', 'echo "install the developer tools?"; exit 1');
    expect((await runNative(workspace)).text).toContain('C++ compiler');
  });
});

describe('running it again', () => {
  async function built() {
    const workspace = fakeWorkspace();
    addPackage(workspace);
    addPrivateEnvironment(workspace);
    const { context } = workspace;
    const target = findTarget(context);
    const wheel = findWheel(context, {});
    const key = bindingKey(context, target, wheel);
    placeBinding(target, key, workspace.write('built.node', 'built'), wheel);
    return workspace;
  }

  it('does nothing and needs no tool when nothing changed', async () => {
    const workspace = await built();
    expect(await runNative(workspace)).toMatchObject({ status: 0, text: expect.stringContaining('Up to date') });
  });

  it('builds again with --force and for changed sources', async () => {
    const workspace = await built();
    expect((await runNative(workspace, '--force')).text).toContain('C++ compiler');
    workspace.write('node_modules/@tensorflow/tfjs-node/binding/tfjs_binding.cc', 'changed');
    expect((await runNative(workspace)).text).toContain('C++ compiler');
  });
});

describe('the command line', () => {
  const program = fileURLToPath(new URL('./native.mjs', import.meta.url));

  it('prints its usage', () => {
    const { status, stdout } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toContain('--remove');
  });

  it('fails on an option that it does not know', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--cuda'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('--cuda');
  });

  it('refuses Windows, and --remove with another option', async () => {
    const { context } = fakeWorkspace();
    const windows = { ...context, platform: { system: 'win32', architecture: 'x64' } };
    await expect(native({}, windows)).rejects.toThrow('Windows');
    await expect(native({ remove: true, force: true }, context)).rejects.toThrow('takes no other option');
  });
});
