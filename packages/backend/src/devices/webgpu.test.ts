import { afterEach, describe, expect, it, vi } from 'vitest';
import { webgpuLibrary } from './tensorflow-files.js';
import { adapterName, isSoftwareAdapter, loadWebgpu } from './webgpu.js';

const nothing = { vendor: '', architecture: '', device: '', description: '' };

describe('adapterName', () => {
  it('is as exact as the driver tells', () => {
    const full = {
      vendor: 'nvidia',
      architecture: 'lovelace',
      device: 'NVIDIA GeForce RTX 4090',
      description: 'driver 550.54',
    };
    expect(adapterName(full)).toBe('NVIDIA GeForce RTX 4090 (driver 550.54, nvidia lovelace)');
    expect(adapterName({ ...full, device: '0x2684' })).toBe('driver 550.54 (nvidia lovelace)');
    expect(adapterName({ ...nothing, vendor: 'apple', architecture: 'metal-3' })).toBe('apple metal-3');
    expect(adapterName({ ...nothing, device: 'Apple M2', description: 'Apple M2' })).toBe('Apple M2');
    expect(adapterName(nothing)).toBe('a GPU that does not give its name');
  });
});

describe('isSoftwareAdapter', () => {
  it.each([
    { ...nothing, vendor: 'google', architecture: 'swiftshader' },
    { ...nothing, device: 'SwiftShader Device (Subzero)' },
    { ...nothing, vendor: 'mesa', device: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    { ...nothing, vendor: 'microsoft', description: 'Microsoft Basic Render Driver' },
    { ...nothing, isFallbackAdapter: true },
  ])('knows %o', (adapter) => {
    expect(isSoftwareAdapter(adapter)).toBe(true);
  });

  it.each([
    { ...nothing, vendor: 'nvidia', architecture: 'hopper', device: 'NVIDIA H100' },
    { ...nothing, vendor: 'amd', description: 'AMD Radeon RX 7900 (RADV NAVI31)' },
    { ...nothing, vendor: 'intel', device: 'Intel(R) Arc(TM) A770 Graphics', isFallbackAdapter: false },
    nothing,
  ])('takes %o for a GPU', (adapter) => {
    expect(isSoftwareAdapter(adapter)).toBe(false);
  });
});

describe('loadWebgpu', () => {
  afterEach(() => vi.unstubAllGlobals());
  const adapters = (adapter: object | null) =>
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } });

  it('gives the advice where there is no GPU', async () => {
    adapters(null);
    await expect(loadWebgpu(webgpuLibrary, true, 'there is no GPU: buy one.')).rejects.toThrow(
      'there is no GPU: buy one.',
    );
  });

  it('takes no emulated GPU that was not asked for', async () => {
    const requestDevice = vi.fn(async () => {
      throw new Error('the device was requested');
    });
    const info = { ...nothing, vendor: 'mesa', device: 'llvmpipe' };
    adapters({ info, limits: {}, features: new Set(), requestDevice });
    await expect(loadWebgpu(webgpuLibrary, false, '')).rejects.toThrow(
      'the only GPU is llvmpipe (mesa), which is emulated on the CPU',
    );
    expect(requestDevice).not.toHaveBeenCalled();
    await expect(loadWebgpu(webgpuLibrary, true, '')).rejects.toThrow('the device was requested');
  });
});
