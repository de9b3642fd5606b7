import { fileURLToPath } from 'node:url';
import { browserDevices } from '@llm-mde/tooling-vitest/browser';
import { describeInChromium } from '@llm-mde/tooling-vitest/testing/chromium';
import { expect, it } from 'vitest';
import type { Train } from './testing/browser-page.js';

const own = fileURLToPath(new URL('..', import.meta.url));
const site = {
  page: fileURLToPath(new URL('testing/browser-page.ts', import.meta.url)),
  packages: {
    '@llm-mde/compile': own,
    '@llm-mde/nn': `${own}node_modules/@llm-mde/nn`,
    '@tensorflow': `${own}node_modules/@tensorflow`,
  },
};

describeInChromium<Train>(
  'the package in a browser',
  () => site,
  'train',
  (open) => {
    it.each(browserDevices)('trains on %s, without another TensorFlow.js backend', async (device) => {
      const { call, hasWebgpu } = await open();
      if (device === 'webgpu' && !(await hasWebgpu())) return;
      const { losses, before, after, returned } = await call(device === 'wasm' ? 'cpu' : device);
      expect(losses[9]).toBeLessThan(0.8 * losses[0]!);
      losses.slice(1).forEach((loss, index) => {
        expect(loss).toBeLessThan(losses[index]!);
      });
      expect(after).not.toEqual(before);
      expect(returned).toEqual(after);
    });
  },
);
