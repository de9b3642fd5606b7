import { describe, expect, it } from 'vitest';
import { bindingKey } from './binding.mjs';
import { addPackage, addPrivateEnvironment, fakeWorkspace } from './fake-workspace.mjs';
import { describePlatform } from './platform.mjs';
import { findTarget } from './tools.mjs';
import { findWheel } from './wheel.mjs';

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
    workspace.write('node_modules/@tensorflow/tfjs-node/binding/tfjs_binding.cc', 'changed');
    others.push(bindingKey(context, target, wheel));
    expect(new Set([key, ...others]).size).toBe(5);
  });
});
