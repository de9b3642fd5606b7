import type { Frame } from '../generate-frame.js';
import { listFrames } from '../generate-frames.js';
import { generateFrame } from '../index.js';

/** Small frames, not square, so that a swapped axis shows. */
export function smallFrames(count: number, width = 16, height = 12): Frame[] {
  return listFrames(count).map((frame) => generateFrame({ ...frame, seed: 3, width, height }));
}
