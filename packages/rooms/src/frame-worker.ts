import type { TaskHandler } from '@llm-mde/rgbd';
import { type Frame, type FrameOptions, generateFrame } from './generate-frame.js';

/** What each of {@link generateFrames}' worker threads does: renders the frames that it is asked for. */
export async function start(): Promise<TaskHandler<FrameOptions, Frame>> {
  return {
    run: generateFrame,
    // The buffers belong to this frame alone, so they are moved and not copied.
    transfer: ({ image, depth, rawDepth }) => [image.data.buffer, depth.buffer, rawDepth.buffer] as ArrayBuffer[],
  };
}
