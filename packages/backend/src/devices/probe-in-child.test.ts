import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { hasSwiftShader, SWIFTSHADER } from '../testing/run-program.js';

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
