// One run of data.mjs with packages/nyu, in a process of its own, whose memory is measured: FILE WORKERS
import { openNyu } from '@llm-mde/nyu';
import { peakMemory } from './machine.mjs';

const [path, workers] = process.argv.slice(2);
const [began, usedBefore] = [performance.now(), process.cpuUsage()];
const dataset = await openNyu(path, { format: 'labeled' });
const opening = performance.now() - began;
const computingToOpen = milliseconds(process.cpuUsage(usedBefore));
const [start, usedUntilOpen] = [performance.now(), process.cpuUsage()];
let frames = 0;
for await (const batch of dataset.loader({ batchSize: 8, numWorkers: Number(workers), shuffle: true, seed: 1 })) {
  frames += batch.frames.length;
}
const seconds = (performance.now() - start) / 1000;
const computing = milliseconds(process.cpuUsage(usedUntilOpen));
await dataset.close();
console.log(
  JSON.stringify({
    workers: Number(workers),
    frames,
    'opened in ms': Math.round(opening),
    'of them computing': Math.round(computingToOpen),
    'frames/s': Math.round((10 * frames) / seconds) / 10,
    'computing, ms/frame': Math.round((10 * computing) / frames) / 10,
    'most memory, MB': Math.round(peakMemory()),
  }),
);

function milliseconds({ user, system }) {
  return (user + system) / 1000;
}
