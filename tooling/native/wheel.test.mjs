import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addPrivateEnvironment, addWheel, fakeWorkspace } from './fake-workspace.mjs';
import { findWheel, removeOtherEnvironments, wheelAt } from './wheel.mjs';

describe('wheelAt', () => {
  it('describes a suitable wheel', () => {
    const workspace = fakeWorkspace();
    const folder = addWheel(workspace, 'site-packages');
    workspace.write('site-packages/tensorflow_datasets-4.9.10.dist-info/METADATA', '');
    const { wheel } = wheelAt(workspace.context, folder, {});
    expect(wheel).toEqual({
      version: '2.21.0',
      folder,
      include: join(folder, 'include'),
      libraries: [join(folder, 'libtensorflow_cc.so.2'), join(folder, 'libtensorflow_framework.so.2')],
      cudaLibraries: [],
      isPrivate: false,
    });
  });

  it('says what is wrong with an unsuitable one', () => {
    const workspace = fakeWorkspace();
    const old = addWheel(workspace, 'old', { version: '2.20.0' });
    expect(wheelAt(workspace.context, old, {}).problem).toContain('2.20.0, older than 2.21');
    const folder = addWheel(workspace, 'site-packages');
    expect(wheelAt(workspace.context, folder, { tensorflow: '2.22.0' }).problem).toContain('2.21.0, not 2.22.0');
    expect(wheelAt(workspace.context, folder, { gpu: true }).problem).toContain('without CUDA');
    rmSync(join(folder, 'libtensorflow_cc.so.2'));
    expect(wheelAt(workspace.context, folder, {}).problem).toContain('without libtensorflow_cc.so.2');
  });

  it("lists the CUDA libraries of the wheel's environment that TensorFlow opens", () => {
    const workspace = fakeWorkspace();
    const folder = addWheel(workspace, 'site-packages', { cuda: true });
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
  it('finds nothing in a fresh repository', async () => {
    expect(await findWheel(fakeWorkspace().context, {})).toBeUndefined();
  });

  it('finds the private environment, unless its installation broke off', async () => {
    const workspace = fakeWorkspace();
    const folder = addPrivateEnvironment(workspace);
    expect(await findWheel(workspace.context, {})).toMatchObject({ folder, isPrivate: true });
    expect(await findWheel(workspace.context, { tensorflow: '2.22.0' })).toBeUndefined();
    rmSync(join(workspace.context.cache, 'venv/tensorflow-cpu-2.21.0/llm-mde-complete.json'));
    expect(await findWheel(workspace.context, {})).toBeUndefined();
  });

  it('refuses a --python that is not there', async () => {
    await expect(findWheel(fakeWorkspace().context, { python: '/nowhere/python3' })).rejects.toThrow(
      '/nowhere/python3',
    );
  });
});

describe('removeOtherEnvironments', () => {
  it('removes what held other versions, and only for a private wheel', async () => {
    const workspace = fakeWorkspace();
    addPrivateEnvironment(workspace);
    addPrivateEnvironment(workspace, { version: '2.22.0' });
    const wheel = await findWheel(workspace.context, {});
    removeOtherEnvironments(workspace.context, {}, { ...wheel, isPrivate: false });
    expect(await findWheel(workspace.context, { tensorflow: '2.22.0' })).toBeDefined();
    removeOtherEnvironments(workspace.context, {}, wheel);
    expect(await findWheel(workspace.context, { tensorflow: '2.22.0' })).toBeUndefined();
    expect(await findWheel(workspace.context, {})).toBeDefined();
  });
});
