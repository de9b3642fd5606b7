// The program of a decoding thread: opens the data set's files for itself, then reads the frames it is asked for, one after another.
import { parentPort, workerData } from 'node:worker_threads';
import { decodeFrame } from './batches/decode.js';
import type { Request, Response } from './batches/decoder-pool.js';
import { DatasetError } from './dataset-error.js';
import { openReader, type SourceIndex } from './sources/source.js';

const port = parentPort!;
const reader = openReader(workerData as SourceIndex);
// Failing to open is each frame's failure, told when a frame is asked for.
reader.catch(() => {});

let last: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  last = last.then(() => answer(request));
});

async function answer({ number, task }: Request): Promise<void> {
  try {
    const frame = await decodeFrame(await reader, task);
    // Moved, not copied: the buffers belong to this frame alone.
    port.postMessage({ number, frame } satisfies Response, [
      frame.image.data.buffer as ArrayBuffer,
      frame.depth.buffer as ArrayBuffer,
      frame.valid.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    const { message } = error as Error;
    const details =
      error instanceof DatasetError
        ? { problem: error.problem, file: error.file, ...(error.frame === undefined ? {} : { frame: error.frame }) }
        : {};
    port.postMessage({ number, error: { message, ...details } } satisfies Response);
  }
}
