import { type AugmentOptions, augment } from '../augment.js';
import type { Frame } from '../frame.js';
import { seededRandom } from '../random.js';
import type { FrameReader } from '../sources/source.js';

/** One frame to decode. Plain data: it can go to a worker. */
export interface DecodeTask {
  /** In the data set's index. */
  position: number;
  augmentation?: { options: AugmentOptions; keys: readonly (string | number)[] };
}

/** Reads a frame and varies it as the task says. */
export async function decodeFrame(reader: FrameReader, { position, augmentation }: DecodeTask): Promise<Frame> {
  const frame = await reader.read(position);
  return augmentation ? augment(frame, augmentation.options, seededRandom(...augmentation.keys)) : frame;
}
