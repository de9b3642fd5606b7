import { availableParallelism } from 'node:os';
import { builtModule, WorkerPool } from '@llm-mde/rgbd';
import { start } from './frame-worker.js';
import type { Frame, FrameOptions } from './generate-frame.js';
import { VIEWS_PER_SCENE } from './generate-scene.js';
import { SCENE_TYPES, type SceneType } from './scene/scene-templates.js';

export interface FramesOptions extends Pick<FrameOptions, 'seed' | 'width' | 'height' | 'variety'> {
  /** How many frames, from each scene type in turn. Give this or `frames`. */
  count?: number;
  /** @default all 28 */
  sceneTypes?: readonly SceneType[];
  /** Exactly these frames, instead of `count`; each may have a size of its own. */
  frames?: readonly Pick<FrameOptions, 'sceneType' | 'frameIndex' | 'width' | 'height'>[];
  /** Worker threads; 0 renders in this thread. @default one per processor */
  numWorkers?: number;
}

/** The frames that {@link generateFrames} makes of a count: each scene type's first room, three frames of each, then the second rooms. */
export function listFrames(
  count: number,
  sceneTypes: readonly SceneType[] = SCENE_TYPES,
): { sceneType: SceneType; frameIndex: number }[] {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`count must be a non-negative integer, got ${count}.`);
  }
  return Array.from({ length: count }, (_, place) => {
    const round = Math.floor(place / VIEWS_PER_SCENE);
    return {
      sceneType: sceneTypes[round % sceneTypes.length]!,
      frameIndex: Math.floor(round / sceneTypes.length) * VIEWS_PER_SCENE + (place % VIEWS_PER_SCENE),
    };
  });
}

/**
 * Renders many frames in worker threads. They come in order, and are the same for any number of workers; up to two per worker are
 * rendered ahead. Leaving the loop early stops the workers.
 *
 * @throws RangeError if an option is out of range; the error of a worker if one ends.
 */
export async function* generateFrames({
  count,
  sceneTypes,
  frames,
  seed = 0,
  width = 640,
  height = 480,
  variety,
  numWorkers = availableParallelism(),
}: FramesOptions): AsyncGenerator<Frame, void> {
  if ((count === undefined) === (frames === undefined)) throw new TypeError('Give either count or frames.');
  if (!Number.isInteger(numWorkers) || numWorkers < 0) {
    throw new RangeError(`numWorkers must be a non-negative integer, got ${numWorkers}.`);
  }
  const wanted = (frames ?? listFrames(count!, sceneTypes)).map((frame) => ({
    width,
    height,
    ...frame,
    seed,
    variety,
  }));
  const pool = new WorkerPool({ size: numWorkers, start, module: builtModule('frame-worker.js', import.meta.url) });
  try {
    const ahead: Promise<Frame>[] = [];
    for (let place = 0; place < wanted.length; place++) {
      while (ahead.length < Math.max(1, 2 * numWorkers) && place + ahead.length < wanted.length) {
        const task = pool.run(wanted[place + ahead.length]!);
        // A later frame may fail while an earlier one is awaited; it is reported when its turn comes.
        task.catch(() => {});
        ahead.push(task);
      }
      yield await ahead.shift()!;
    }
  } finally {
    await pool.close();
  }
}
