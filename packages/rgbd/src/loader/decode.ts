import type { FrameReader } from '../dataset/source.js';
import { DatasetError } from '../errors.js';
import { seededRandom } from '../random.js';
import { type AugmentOptions, augment } from '../transforms/augment.js';
import type { Frame } from '../types.js';
import type { TaskHandler } from './worker-pool.js';

/** One frame to decode. Plain data: it can go to a worker thread. */
export interface DecodeTask {
  id: string;
  /** In the data set's index. */
  position: number;
  augmentation?: { options: AugmentOptions; keys: readonly (string | number)[] };
}

/** What a worker thread does for a data set: reads and augments the frames that it is asked for. */
export async function startDecoding(opening: Promise<FrameReader>): Promise<TaskHandler<DecodeTask, Frame>> {
  // A failure to open is reported with each frame that is asked for.
  opening.catch(() => {});
  const read = async ({ id, position }: DecodeTask) => {
    try {
      return await (await opening).read(position);
    } catch (error) {
      throw error instanceof DatasetError ? error.inFrame(id) : error;
    }
  };
  return {
    async run(task) {
      const frame = await read(task);
      const { augmentation } = task;
      return augmentation ? augment(frame, augmentation.options, seededRandom(...augmentation.keys)) : frame;
    },
    // The buffers belong to this frame alone, so they are moved and not copied.
    transfer: ({ image, depth, valid }) => [image.data.buffer, depth.buffer, valid.buffer] as ArrayBuffer[],
    close: async () => (await opening.catch(() => undefined))?.close(),
  };
}
