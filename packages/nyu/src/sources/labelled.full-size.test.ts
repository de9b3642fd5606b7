// Runs only where a labelled file of full size is named: the published one, or one that tooling/parity/nyu-fixtures.py --full-size wrote.
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const PATH = process.env.LLM_MDE_NYU_LABELLED;
const DIST = new URL('../../dist/index.js', import.meta.url);

describe.skipIf(!PATH)('a labelled file of full size', () => {
  it.each([0, 1, 2])(
    'is gone through in less than 300 MB of memory, with %i workers',
    (workers) => {
      // In a process of its own: this one's memory is mostly the test runner's.
      const program = `
      import { openNyu } from ${JSON.stringify(pathToFileURL(DIST.pathname).href)};
      const began = performance.now();
      const dataset = await openNyu(${JSON.stringify(PATH)}, { format: 'labelled' });
      const opened = performance.now();
      let [frames, peak] = [0, 0];
      for await (const batch of dataset.batches({ batchSize: 8, workers: ${workers}, shuffle: true, seed: 1 })) {
        frames += batch.frames.length;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      const seconds = (performance.now() - opened) / 1000;
      await dataset.close();
      console.log(JSON.stringify({ of: dataset.frames.length, frames, megabytes: peak / 2 ** 20, opening: opened - began, rate: frames / seconds }));`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
      const result = JSON.parse(output);
      console.log(
        `${workers} workers: opened in ${Math.round(result.opening)} ms, ${result.rate.toFixed(1)} frames/s, at most ${Math.round(result.megabytes)} MB`,
      );
      expect(result.frames).toBe(result.of);
      expect(result.megabytes).toBeLessThan(300);
    },
    900_000,
  );
});
