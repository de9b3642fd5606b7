import { fileURLToPath } from 'node:url';
import { browserDevices } from '@llm-mde/tooling-vitest/browser';
import { describeInChromium } from '@llm-mde/tooling-vitest/testing/chromium';
import { expect, it } from 'vitest';
import type { OpenAndTrain } from './testing/browser-page.js';

const own = fileURLToPath(new URL('..', import.meta.url));
const site = {
  page: fileURLToPath(new URL('testing/browser-page.ts', import.meta.url)),
  packages: { '@llm-mde/backend': own, '@tensorflow': `${own}node_modules/@tensorflow` },
};

describeInChromium<OpenAndTrain>(
  'the package in a browser',
  () => site,
  'openAndTrain',
  (open) => {
    it('opens wasm and trains', async () => {
      const { call } = await open();
      const { device, losses, left } = await call('wasm');
      expect(device).toMatchObject({
        name: 'wasm',
        hardware: expect.stringMatching(/^processor with \d+ cores?, as the browser tells it$/),
        libraryVersion: expect.stringContaining('SIMD'),
        skipped: [],
      });
      expect(losses[0]).toBeCloseTo(81, 3);
      expect(losses[1]).toBeLessThan(losses[0]!);
      expect(left).toBe(0);
    });

    it.runIf(browserDevices.includes('webgpu'))(
      'opens webgpu and trains, or says why the browser has none',
      async () => {
        const { call, hasWebgpu } = await open();
        if (!(await hasWebgpu())) {
          await expect(call('webgpu')).rejects.toThrow(/The device webgpu can't be opened: (the|this) browser/);
          return;
        }
        const { device, losses, left } = await call('webgpu');
        expect(device).toMatchObject({ name: 'webgpu', backendName: 'webgpu', skipped: [] });
        expect(losses[0]).toBeCloseTo(81, 3);
        expect(losses[1]).toBeLessThan(losses[0]!);
        expect(left).toBe(0);
      },
    );

    it("takes a real GPU or wasm by auto, and says that Node's devices are not there", async () => {
      const { call } = await open();
      const { device } = await call('auto');
      expect(device.isSoftware).toBe(false);
      expect(device.skipped[0]).toEqual({ device: 'cuda', reason: 'it needs Node: a browser has webgpu and wasm.' });
    });

    it('says what to do where the .wasm files are not', async () => {
      const { call } = await open();
      await expect(call('wasm', '/no-such-folder/')).rejects.toThrow(
        "The device wasm can't be opened: its WebAssembly files could not be loaded from /no-such-folder/: copy the .wasm files",
      );
    });
  },
);
