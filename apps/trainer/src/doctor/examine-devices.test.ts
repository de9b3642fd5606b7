import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it, vi } from 'vitest';
import { type ExamineOptions, examineDevices } from './examine-devices.js';

// Programs that stand in for examine-device.ts, to behave as a device's library may.
const folder = folderOfFile();

let programs = 0;
function examine(source: string, options: ExamineOptions = {}) {
  const program = join(folder, `program-${programs++}.mjs`);
  const opened = (name: string) =>
    `{ name: ${name}, hardware: 'an abacus', libraryVersion: '1.0', isSoftware: false, skipped: [] }`;
  writeFileSync(
    program,
    `const device = process.argv[2];
    const send = (message) => new Promise((resolve) => process.send(message, resolve));
    const opened = ${opened("device === 'auto' ? 'wasm' : device")};
    ${source}`,
  );
  return examineDevices({ program, ...options });
}

const good = `await send({ opened }); if (device !== 'auto') await send({ rates: { matMul: 2, convolution: 3 } }); process.exit();`;

it('examines each device in turn and asks auto which it selects', async () => {
  const onProgress = vi.fn();
  const examination = await examine(good, { onProgress });
  expect(examination).toMatchObject({ auto: 'wasm', node: process.version });
  expect(examination.devices.map(({ device }) => device)).toEqual(['cuda', 'webgpu', 'cpu', 'native', 'wasm']);
  for (const { device, ...rest } of examination.devices) {
    expect(rest).toEqual({
      available: true,
      hardware: 'an abacus',
      libraryVersion: '1.0',
      threads: null,
      isSoftware: false,
      rates: { matMul: 2, convolution: 3 },
      reason: null,
    });
  }
  expect(onProgress).toHaveBeenCalledTimes(6);
});

it('survives a library that crashes when it is opened', async () => {
  const { devices } = await examine(`if (device === 'cuda') process.kill(process.pid, 'SIGSEGV'); else { ${good} }`);
  expect(devices[0]).toMatchObject({ device: 'cuda', available: false, rates: null });
  expect(devices[0]!.reason).toMatch(/^its library crashed \(.+\) when it was opened: /);
  expect(devices[1]).toMatchObject({ available: true, reason: null });
});

it('survives one that crashes when it computes', async () => {
  const { devices } = await examine(
    `if (device === 'cuda') { await send({ opened }); process.exit(134); } else { ${good} }`,
  );
  expect(devices[0]).toMatchObject({ device: 'cuda', available: true, rates: null });
  expect(devices[0]!.reason).toMatch(/^its library crashed \(134\) when it computed: /);
});

it('does not wait for one that hangs', async () => {
  const { devices } = await examine(`if (device === 'native') setInterval(() => {}, 1000); else { ${good} }`, {
    seconds: 2,
  });
  expect(devices[3]).toMatchObject({ device: 'native', available: false });
  expect(devices[3]!.reason).toBe(
    'its library did not answer within 2 seconds when it was opened: update the driver or reinstall the library.',
  );
});

it('ignores a crash after the last message', async () => {
  const { devices } = await examine(`${good.replace('process.exit()', 'process.exit(3)')}`);
  expect(devices[0]).toMatchObject({ available: true, rates: { matMul: 2, convolution: 3 }, reason: null });
});

it('gives the reason of a device that is not available, or of auto for skipping it', async () => {
  const { auto, devices } = await examine(
    `opened.skipped = [{ device: 'cuda', reason: 'not this one.' }, { device: 'webgpu', reason: 'it is emulated.' }];
    if (device === 'cuda') { await send({ reason: 'no driver.' }); process.exit(); } else { ${good} }`,
  );
  expect(auto).toBe('wasm');
  expect(devices[0]).toMatchObject({ available: false, reason: 'no driver.' });
  expect(devices[1]).toMatchObject({ available: true, reason: 'it is emulated.' });
});

it('hides LLM_MDE_DEVICE from the examined devices, but reports it', async () => {
  vi.stubEnv('LLM_MDE_DEVICE', 'cuda');
  const { environmentDevice, devices } = await examine(
    `opened.hardware = JSON.stringify(process.env.LLM_MDE_DEVICE); ${good}`,
  );
  vi.unstubAllEnvs();
  expect(environmentDevice).toBe('cuda');
  expect(devices[3]!.hardware).toBe('""');
});
