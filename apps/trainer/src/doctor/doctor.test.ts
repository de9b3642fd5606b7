import { describe, expect, it } from 'vitest';
import { doctorReport } from './doctor.js';
import type { Examination, ExaminedDevice } from './examine-devices.js';

const missing = (device: ExaminedDevice['device'], reason: string): ExaminedDevice => ({
  device,
  available: false,
  hardware: null,
  libraryVersion: null,
  threads: null,
  isSoftware: false,
  rates: null,
  reason,
});

const examination: Examination = {
  node: 'v22.1.0',
  platform: 'linux-x64',
  auto: 'wasm',
  environmentDevice: null,
  devices: [
    missing('cuda', 'there is no NVIDIA driver here: install it.'),
    {
      device: 'webgpu',
      available: true,
      hardware: 'SwiftShader',
      libraryVersion: 'TensorFlow.js WebGPU 4.22.0',
      threads: null,
      isSoftware: true,
      rates: { matMul: 0.31415, convolution: 0.2 },
      reason: 'the only GPU is SwiftShader.',
    },
    missing('native', 'it is not installed: run `npm run native`.'),
    {
      device: 'wasm',
      available: true,
      hardware: 'AMD EPYC, 2 cores',
      libraryVersion: 'TensorFlow.js WebAssembly 4.22.0, SIMD',
      threads: 1,
      isSoftware: false,
      rates: { matMul: 1234.5, convolution: 19.96 },
      reason: null,
    },
  ],
};

describe('doctorReport', () => {
  it('is a table, what auto selects, and the reasons', () => {
    expect(doctorReport(examination, false).split('\n')).toEqual([
      'device       available  matMul  convolution  hardware                       library',
      'cuda         no              –            –  –                              –',
      'webgpu       yes         0.314        0.200  SwiftShader, software          TensorFlow.js WebGPU 4.22.0',
      'native       no              –            –  –                              –',
      'wasm (auto)  yes          1235         20.0  AMD EPYC, 2 cores, threads: 1  TensorFlow.js WebAssembly 4.22.0, SIMD',
      '',
      'Rates in GFLOP/s, float32: a matrix product, and a convolution of 64 channels with 64 filters of 3×3. Node v22.1.0, linux-x64.',
      'auto selects wasm.',
      '',
      'cuda is not available: there is no NVIDIA driver here: install it.',
      'webgpu: the only GPU is SwiftShader.',
      'native is not available: it is not installed: run `npm run native`.',
    ]);
  });

  it('says that LLM_MDE_DEVICE comes before auto', () => {
    expect(doctorReport({ ...examination, environmentDevice: 'webgpu' }, false)).toContain(
      'auto selects wasm. LLM_MDE_DEVICE=webgpu is set and takes precedence.',
    );
  });

  it('says that no device is available, and ends with the table where there are no reasons', () => {
    const nothing = doctorReport({ ...examination, auto: null, devices: [missing('wasm', '')] }, false);
    expect(nothing.split('\n').at(-1)).toBe('No device is available.');
  });

  it('has a bold heading on a terminal', () => {
    expect(doctorReport(examination, true).startsWith('\x1b[1mdevice ')).toBe(true);
  });
});
