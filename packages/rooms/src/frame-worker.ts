// The thread that generateFrames starts: renders the frames it is told, and hands over their arrays without copying.
import { parentPort } from 'node:worker_threads';
import { type FrameOptions, generateFrame } from './generate-frame.js';
import type { WorkerReply } from './generate-frames.js';

parentPort!.on('message', (options: FrameOptions) => {
  try {
    const frame = generateFrame(options);
    reply({ frame }, [frame.image.data.buffer, frame.depth.buffer, frame.rawDepth.buffer] as ArrayBuffer[]);
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) }, []);
  }
});

function reply(message: WorkerReply, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer);
}
