// One run of labelled-speed.mjs with packages/nyu, in a process of its own, whose memory is measured: FILE WORKERS
import { readFileSync } from 'node:fs';
import { openNyu } from '@llm-mde/nyu';

const [path, workers] = process.argv.slice(2);
const [began, usedBefore] = [performance.now(), process.cpuUsage()];
const dataset = await openNyu(path, { format: 'labelled' });
const opening = performance.now() - began;
const { user, system } = process.cpuUsage(usedBefore);
const start = performance.now();
let frames = 0;
for await (const batch of dataset.batches({ batchSize: 8, workers: Number(workers), shuffle: true, seed: 1 })) {
  frames += batch.frames.length;
}
const seconds = (performance.now() - start) / 1000;
await dataset.close();
console.log(
  JSON.stringify({
    workers: Number(workers),
    frames,
    'opened in ms': Math.round(opening),
    'of them computing': Math.round((user + system) / 1000),
    'frames/s': Math.round((10 * frames) / seconds) / 10,
    'most memory, MB': Math.round(mostMemory() / 1024),
  }),
);

/** In KiB. Linux counts what the process was started from into maxRSS. */
function mostMemory() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}
