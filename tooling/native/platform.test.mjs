import { describe, expect, it } from 'vitest';
import { describePlatform, wheelRequirement } from './platform.mjs';

describe('describePlatform', () => {
  it.each([
    [{ system: 'win32', architecture: 'x64' }, 'WSL 2'],
    [{ system: 'linux', architecture: 'x64', glibc: undefined }, 'without glibc'],
    [{ system: 'darwin', architecture: 'x64' }, 'darwin-x64'],
    [{ system: 'linux', architecture: 'arm', glibc: '2.36' }, 'linux-arm'],
  ])('refuses %j and says that nothing was changed', (machine, reason) => {
    expect(() => describePlatform(machine)).toThrow(reason);
    expect(() => describePlatform(machine)).toThrow('Nothing was changed');
  });

  it('offers CUDA on Linux x64 only', () => {
    const arm = { system: 'linux', architecture: 'arm64', glibc: '2.36' };
    expect(describePlatform(arm).name).toBe('linux-arm64');
    expect(() => describePlatform(arm, { gpu: true })).toThrow('CUDA');
    expect(describePlatform({ ...arm, architecture: 'x64' }, { gpu: true }).name).toBe('linux-x64');
  });
});

describe('wheelRequirement', () => {
  it('takes the smaller CPU wheel where there is one, and CUDA for the GPU', () => {
    expect(wheelRequirement({ name: 'linux-x64' }).requirement).toBe('tensorflow-cpu==2.21.0');
    expect(wheelRequirement({ name: 'darwin-arm64' }).requirement).toBe('tensorflow==2.21.0');
    const gpu = wheelRequirement({ name: 'linux-x64' }, { gpu: true });
    expect(gpu.requirement).toBe('tensorflow[and-cuda]==2.21.0');
    expect(gpu.environmentName).not.toBe(wheelRequirement({ name: 'linux-x64' }).environmentName);
  });
});
