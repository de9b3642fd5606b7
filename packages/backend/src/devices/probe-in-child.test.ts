import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it, vi } from 'vitest';
import { hasSwiftShader, SWIFTSHADER } from '../testing/run-program.js';
import { probeInChild } from './probe-in-child.js';

const folder = temporaryFolder();
vi.mock('node:url', async (original) => {
  const url = await original<typeof import('node:url')>();
  const standIn = (file: string | URL) => String(file).endsWith('/devices/probe.js') && join(folder.path, 'probe.mjs');
  return { ...url, fileURLToPath: (file: string | URL) => standIn(file) || url.fileURLToPath(file) };
});

it('tells the reason of a trial run, or how it ended, and nothing where the device opens', async () => {
  const outcomeOf = (program: string) => {
    writeFileSync(join(folder.path, 'probe.mjs'), program);
    return probeInChild('cuda').catch((error) => error.message);
  };
  expect(await probeInChild('cuda'), 'without the program').toBeUndefined();
  expect(await outcomeOf("if (process.argv[2] !== 'cuda') process.exit(1);")).toBeUndefined();
  expect(await outcomeOf("console.log('driver 5\\nreason: no GPU.'); process.exitCode = 1;")).toBe('no GPU.');
  expect(await outcomeOf('process.abort();')).toMatch(/^its library crashed \(\w+\) in a trial run: .* cuda by name/);
});

it.skipIf(!hasSwiftShader)(
  "the probe prints the reason of a device that can't be opened as one line and ends with code 1",
  () => {
    const probe = fileURLToPath(new URL('../../dist/probe.js', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [probe, 'webgpu'], {
      encoding: 'utf8',
      env: { ...process.env, VK_ICD_FILENAMES: SWIFTSHADER, VK_DRIVER_FILES: SWIFTSHADER },
    });
    expect(stdout).toMatch(/^reason: the only GPU is .*\.\n$/);
    expect(status).toBe(1);
  },
);
