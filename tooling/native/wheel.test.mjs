import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addPrivateEnvironment, addWheel, fakeWorkspace } from './fake-workspace.mjs';
import { findWheel, removeOtherEnvironments, wheelAt } from './wheel.mjs';

describe('wheelAt', () => {
  it('describes a suitable wheel', () => {
    const workspace = fakeWorkspace();
    const folder = addWheel(workspace, 'site-packages');
    const { wheel } = wheelAt(workspace.context, folder, {});
    expect(wheel).toEqual({
      version: '2.21.0',
      folder,
      include: join(folder, 'include'),
      libraries: [join(folder, 'libtensorflow_cc.so.2'), join(folder, 'libtensorflow_framework.so.2')],
      cudaLibraries: [],
    });
  });

  it('says what is wrong with an unsuitable one', () => {
    const workspace = fakeWorkspace();
    const folder = addWheel(workspace, 'site-packages');
    rmSync(join(folder, 'libtensorflow_cc.so.2'));
    expect(wheelAt(workspace.context, folder, {}).problem).toContain('lacks libtensorflow_cc.so.2');
  });

  it("lists the CUDA libraries of the wheel's environment that TensorFlow opens", () => {
    const workspace = fakeWorkspace();
    const folder = addWheel(workspace, 'site-packages');
    const cuda = [
      workspace.write('site-packages/nvidia/cublas/lib/libcublas.so.12', ''),
      workspace.write('site-packages/nvidia/cuda_runtime/lib/libcudart.so.12', ''),
    ];
    workspace.write('site-packages/nvidia/cublas/lib/libnvblas.so.12', '');
    workspace.write('site-packages/nvidia/cuda_nvcc/bin/ptxas', '');
    expect(wheelAt(workspace.context, folder, { gpu: true }).wheel.cudaLibraries).toEqual(cuda);
    expect(wheelAt(workspace.context, folder, {}).wheel.cudaLibraries).toEqual([]);
  });
});

describe('findWheel', () => {
  it('finds nothing in a fresh repository', () => {
    expect(findWheel(fakeWorkspace().context, {})).toBeUndefined();
  });

  it('finds the private environment, unless its installation broke off', () => {
    const workspace = fakeWorkspace();
    const folder = addPrivateEnvironment(workspace);
    expect(findWheel(workspace.context, {})).toMatchObject({ folder });
    expect(findWheel(workspace.context, { gpu: true })).toBeUndefined();
    rmSync(join(workspace.context.cache, 'venv/tensorflow-cpu-2.21.0/llm-mde-complete.json'));
    expect(findWheel(workspace.context, {})).toBeUndefined();
  });
});

it('removes private environments that hold other versions', () => {
  const workspace = fakeWorkspace();
  addPrivateEnvironment(workspace);
  addPrivateEnvironment(workspace, { version: '2.22.0' });
  removeOtherEnvironments(workspace.context, {}, findWheel(workspace.context, {}));
  expect(readdirSync(join(workspace.context.cache, 'venv'))).toEqual(['tensorflow-cpu-2.21.0']);
});
