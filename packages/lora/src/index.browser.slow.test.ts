import { fileURLToPath } from 'node:url';
import { browserDevices } from '@llm-mde/tooling-vitest/browser';
import { describeInChromium } from '@llm-mde/tooling-vitest/testing/chromium';
import { expect, it } from 'vitest';
import type { FitAdapters } from './testing/browser-page.js';

const own = fileURLToPath(new URL('..', import.meta.url));
const site = {
  page: fileURLToPath(new URL('testing/browser-page.ts', import.meta.url)),
  packages: {
    '@llm-mde/lora': own,
    '@llm-mde/backend': `${own}node_modules/@llm-mde/backend`,
    '@llm-mde/nn': `${own}node_modules/@llm-mde/nn`,
    '@tensorflow': `${own}node_modules/@tensorflow`,
  },
};

describeInChromium<FitAdapters>(
  'adapters of a tf.Sequential in a browser',
  () => site,
  'fitAdapters',
  (open) => {
    it.each(browserDevices)('are all that 100 steps of fit change on %s, and no tensor is left', async (device) => {
      const { call, hasWebgpu } = await open();
      if (device === 'webgpu' && !(await hasWebgpu())) return;
      const result = await call(device);
      expect(result.baseAfter).toEqual(result.baseBefore);
      expect(result.adaptersAfter).toHaveLength(4);
      for (const [index, values] of result.adaptersAfter.entries())
        expect(values).not.toEqual(result.adaptersBefore[index]);
      expect(result.losses[1]).toBeLessThan(0.8 * result.losses[0]);
      expect(result.left).toBe(0);
      expect(result.text).toBe('trainable params: 178 || all params: 449 || trainable%: 39.6437');
      expect(result.difference).toBe(0);
    });
  },
);
