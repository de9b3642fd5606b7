import { afterAll, expect, it, vi } from 'vitest';
import { startDemoServer } from '../testing/demo-server.js';
import { describePage, downloadedDepth, holdBack, openSample } from '../testing/page.js';
import { savePretrainedModel } from '../testing/pretrained-model.js';

describePage(
  'a model with pretrained towers',
  ({ server, open }) => {
    it('runs in the browser, which says how much it downloads for that', async () => {
      const page = await open({ viewport: { width: 900, height: 700 } });
      await openSample(page, server().address);
      const onServer = await downloadedDepth(page);
      const downloaded = new Map<string, number>();
      page.on('response', async (response) => {
        const { pathname } = new URL(response.url());
        if (!pathname.startsWith('/models/')) return;
        downloaded.set(pathname, Number(await response.headerValue('content-length')));
      });
      const name = (await page.locator('.runtime label').textContent())!;
      const release = await holdBack(page, '**/model.safetensors');
      await page.getByRole('checkbox', { name: 'Run in browser' }).click();
      await page.getByRole('progressbar', { name: 'Download of the model' }).waitFor();
      release();
      // The last one.
      await expect.poll(() => [...downloaded.keys()]).toContain('/models/real/model.safetensors');
      await page.locator('.pane__wait').waitFor({ state: 'detached' });
      await page.getByText(/not uploaded · (wasm|webgpu)/).waitFor();
      const inBrowser = await downloadedDepth(page);
      expect(inBrowser.length).toBe(onServer.length);
      for (let pixel = onServer.length - 1000; pixel < onServer.length; pixel++) {
        expect(inBrowser[pixel]! / onServer[pixel]!).toBeCloseTo(1, 2);
      }
      const megabytes = [...downloaded.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6;
      expect([...downloaded.keys()]).toContain('/models/real/towers/language/model.safetensors');
      expect(name).toBe(`Run in browser (${megabytes.toFixed(1)} MB)`);
      await page.close();
    });
  },
  async () => {
    const saved = await savePretrainedModel();
    vi.stubEnv('LLM_MDE_TOWERS', saved.towers);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await saved.remove();
    });
    return startDemoServer({}, saved.models);
  },
);
