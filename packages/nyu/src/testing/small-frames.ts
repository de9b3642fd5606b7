import { generateFrame, listFrames } from '@llm-mde/rooms';

/** Small frames, not square, so that a swapped axis shows. */
export function smallFrames(count: number, width = 16, height = 12) {
  return listFrames(count).map((frame) => generateFrame({ ...frame, seed: 3, width, height }));
}
