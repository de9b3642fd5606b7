import { fileURLToPath } from 'node:url';
import { describeInChromium } from '@llm-mde/tooling-vitest/testing/chromium';
import { expect, it } from 'vitest';
import { MODEL_TOLERANCE } from './testing/model-goldens.js';
import type { CompareModel } from './testing/parity-page.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const site = {
  page: path('./testing/parity-page.ts'),
  files: {
    'tiny-vit': path('../../vision-encoder/fixtures/tiny-vit'),
    'tiny-bert': path('../../language-model/fixtures/tiny-bert'),
    'tiny-model': path('../fixtures/tiny-model'),
  },
};

describeInChromium<CompareModel>(
  "compiled in a browser, PyTorch's numbers",
  () => site,
  'compareModel',
  (open) => {
    it.each(['wasm', 'webgpu'] as const)(
      'has the model, its loss and the gradient of every trainable parameter on %s',
      async (device) => {
        const { page, call, hasWebgpu } = await open();
        if (device === 'webgpu' && !(await hasWebgpu())) return;
        const rows = await call(device, '/tiny-model/', ['/tiny-vit/', '/tiny-bert/']);
        expect(rows.filter(({ error }) => !(error < MODEL_TOLERANCE))).toEqual([]);
        expect(rows.filter(({ quantity }) => quantity.includes('gradient')).length).toBeGreaterThan(30);
        await page.close();
      },
    );
  },
);
