import { describe, expect, it } from 'vitest';
import { hasSwiftShader, runProgram, SWIFTSHADER } from '../testing/run-program.js';

describe.skipIf(!hasSwiftShader)(
  "a GPU that is emulated on the CPU (skipped without Debian's chromium, which brings one)",
  () => {
    const environment = { VK_ICD_FILENAMES: SWIFTSHADER, VK_DRIVER_FILES: SWIFTSHADER };

    it('is never taken by auto', async () => {
      const { stdout, exit } = await runProgram('console.log(JSON.stringify(await backend.openDevice()))', environment);
      const device = JSON.parse(stdout);
      expect(device.name).not.toBe('webgpu');
      if (device.name !== 'cuda') {
        const reason = device.skipped.find((skipped: { device: string }) => skipped.device === 'webgpu').reason;
        expect(reason).toMatch(
          /^the only GPU is .*swiftshader.*, which is emulated on the CPU.*: .* ask for webgpu by name\.$/i,
        );
      }
      expect(exit).toBe(0);
    });

    it('is opened by name, and says that it is software', async () => {
      const { stdout, exit } = await runProgram(
        "console.log(JSON.stringify(await backend.openDevice({ device: 'webgpu' })))",
        environment,
      );
      expect(JSON.parse(stdout)).toMatchObject({
        name: 'webgpu',
        backendName: 'webgpu',
        hardware: expect.stringMatching(/swiftshader/i),
        libraryVersion: expect.stringMatching(/^TensorFlow\.js WebGPU \d+\.\d+\.\d+ \(webgpu \d+\.\d+\.\d+\)$/),
        isSoftware: true,
      });
      expect(exit).toBe(0);
    });

    it('takes navigator.gpu, and in Node 20 navigator, away again when it is closed', async () => {
      const { stdout } = await runProgram(
        `const before = typeof navigator;
      const device = await backend.openDevice({ device: 'webgpu' });
      console.log(typeof navigator.gpu, navigator.userAgent.split('/')[0]);
      await device.close();
      console.log(typeof navigator === before, typeof globalThis.navigator?.gpu);
      console.log((await backend.openDevice({ device: 'webgpu' })).name);`,
        environment,
      );
      expect(stdout.trim().split('\n')).toEqual(['object Node.js', 'true undefined', 'webgpu']);
    });
  },
);

it('says what to do where no driver is installed', async () => {
  const { stdout } = await runProgram(
    "await backend.openDevice({ device: 'webgpu' }).catch((error) => console.log(error.message))",
    { VK_ICD_FILENAMES: '/no-such-driver.json', VK_DRIVER_FILES: '/no-such-driver.json' },
  );
  // Windows and macOS have one of their own.
  if (process.platform === 'linux') {
    expect(stdout).toMatch(/^The device webgpu can't be opened: Dawn found no GPU: install a driver with Vulkan/m);
  }
});
