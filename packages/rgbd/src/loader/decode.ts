import type { FrameReader } from '../dataset/source.js';
import { DatasetError } from '../errors.js';
import { seededRandom } from '../random.js';
import { type AugmentOptions, augment } from '../transforms/augment.js';
import { type PhotometricOptions, varyPhotometrically } from '../transforms/photometric.js';
import { reduceFrame } from '../transforms/resize.js';
import type { Frame } from '../types.js';
import type { TaskHandler } from './worker-pool.js';

/** One frame to decode. Plain data: it can go to a worker thread. */
export interface DecodeTask {
  id: string;
  /** In the data set's index. */
  position: number;
  /** See `DataLoaderOptions`. */
  maxSize?: number | undefined;
  augmentation?: { options: AugmentationOptions; keys: readonly (string | number)[] };
}

/** How a data loader varies frames: {@link augment}, and {@link varyPhotometrically} if `photometric` is given. */
export interface AugmentationOptions extends AugmentOptions {
  /** Strong variation of the colors, after `augment`; `{}` for its defaults. @default false */
  photometric?: PhotometricOptions | false;
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
      const whole = await read(task);
      const frame = task.maxSize === undefined ? whole : await reduceFrame(whole, task.maxSize);
      if (!task.augmentation) return frame;
      const { keys, options } = task.augmentation;
      const varied = augment(frame, options, seededRandom(...keys));
      if (!options.photometric) return varied;
      const image = await varyPhotometrically(varied.image, options.photometric, seededRandom(...keys, 'photometric'));
      return { ...varied, image };
    },
    // The buffers belong to this frame alone, so they are moved and not copied.
    transfer: ({ image, depth, valid }) => [image.data.buffer, depth.buffer, valid.buffer] as ArrayBuffer[],
    close: async () => (await opening.catch(() => undefined))?.close(),
  };
}
