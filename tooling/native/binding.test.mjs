import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bindingKey, missingSymbols, symbolInLine } from './binding.mjs';
import { addPackage, addPrivateEnvironment, fakeWorkspace } from './fake-workspace.mjs';
import { describePlatform } from './platform.mjs';
import { findTarget } from './tools.mjs';
import { findWheel } from './wheel.mjs';

const hasCompiler = ['g++', 'nm'].every((name) => spawnSync(name, ['--version']).status === 0);

describe('symbolInLine', () => {
  it.each([
    ['0000000001234567 T TF_Version', '', 'TF_Version'],
    ['                 U TFE_NewContext', '', 'TFE_NewContext'],
    ['0000000001234567 T TF_NewStatus@@VERS_1.0', '', 'TF_NewStatus'],
    ['                 U _TF_NewStatus', '_', 'TF_NewStatus'],
    ['                 U napi_create_object', '', undefined],
    ['0000000001234567 T _ZN10tensorflow6TF_FooEv', '', undefined],
    ['', '', undefined],
  ])('%j', (line, prefix, expected) => {
    expect(symbolInLine(line, prefix)).toBe(expected);
  });
});

describe.skipIf(process.platform !== 'linux' || !hasCompiler)('missingSymbols', () => {
  function build({ context, write }, name, source) {
    const file = write(`${name}.cc`, source);
    const library = file.replace(/\.cc$/, '.so');
    const { status, stderr } = spawnSync('g++', ['-shared', '-fPIC', '-o', library, file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    context.environment = process.env;
    return library;
  }

  const CALLS = 'extern "C" { void TF_First(); void TFE_Second(); void TF_Third(); void napi_other(); }';

  it('names, in order, what the binding calls and no library has', async () => {
    const workspace = fakeWorkspace();
    const binding = build(
      workspace,
      'binding',
      `${CALLS} void f() { TF_Third(); TF_First(); TFE_Second(); napi_other(); }`,
    );
    const one = build(workspace, 'one', 'extern "C" void TFE_Second() {}');
    const two = build(workspace, 'two', 'extern "C" { void TF_First() {} void TF_Third() {} }');
    expect(await missingSymbols(workspace.context, 'nm', binding, [one, two])).toEqual([]);
    expect(await missingSymbols(workspace.context, 'nm', binding, [one])).toEqual(['TF_First', 'TF_Third']);
  });

  it('refuses a binding that calls nothing of TensorFlow, and a library that nm cannot read', async () => {
    const workspace = fakeWorkspace();
    const empty = build(workspace, 'empty', 'void f() {}');
    await expect(missingSymbols(workspace.context, 'nm', empty, [])).rejects.toThrow('calls no TensorFlow function');
    const binding = build(workspace, 'binding', `${CALLS} void f() { TF_First(); }`);
    const broken = workspace.write('broken.so', 'not a library');
    await expect(missingSymbols(workspace.context, 'nm', binding, [broken])).rejects.toThrow('broken.so');
  });
});

describe('bindingKey', () => {
  it('changes with the sources, the TensorFlow and the platform, and with nothing else', async () => {
    const workspace = fakeWorkspace();
    addPackage(workspace);
    addPrivateEnvironment(workspace);
    const { context } = workspace;
    const target = findTarget(context);
    const wheel = await findWheel(context, {});
    const key = bindingKey(context, target, wheel);
    expect(bindingKey(context, findTarget(context), { ...wheel })).toBe(key);
    const macos = { ...context, platform: describePlatform({ system: 'darwin', architecture: 'arm64' }) };
    const others = [
      bindingKey(context, target, { ...wheel, version: '2.21.1' }),
      bindingKey(context, target, { ...wheel, libraries: ['/elsewhere/libtensorflow_cc.so.2'] }),
      bindingKey(macos, target, wheel),
    ];
    workspace.write('packages/backend/node_modules/@tensorflow/tfjs-node/binding/tfjs_binding.cc', 'changed');
    others.push(bindingKey(context, target, wheel));
    expect(new Set([key, ...others]).size).toBe(5);
  });
});
