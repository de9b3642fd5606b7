// Depth of every photograph in a folder, in a worker thread: this thread stays free, here to show the progress and how long it ever waited.
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { Message } from './worker.js';

const [photos = 'photos', output = 'output'] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { photos, output } });
const counts = { done: 0, skipped: 0 };
worker.on('message', (message: Message) => {
  if ('error' in message) {
    counts.skipped++;
    console.log(`${message.photo}: skipped. ${message.error}`);
  } else {
    counts.done++;
    console.log(`${message.photo}: ${message.nearest.toFixed(2)} to ${message.farthest.toFixed(2)} metres`);
  }
});
await once(worker, 'exit'); // rejects if the worker fails as a whole

console.log(`${counts.done} predicted, ${counts.skipped} skipped, in ${output}`);
console.log(`longest pause of the main thread: ${(delay.max / 1e6).toFixed(0)} ms`);
