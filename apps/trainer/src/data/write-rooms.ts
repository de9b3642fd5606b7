import { basename, dirname, join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { generateFrames, listFrames, SCENE_TYPES, splitByScene, VIEWS_PER_SCENE, writeRawDump } from '@llm-mde/rooms';
import { makeEmptyFolder, type Part, type WritableFormat, writeDataset } from './write-dataset.js';

export interface RoomsOptions {
  count: number;
  seed: number;
  width: number;
  height: number;
  onFrame?: (done: number) => void;
}

/** Depth maps that a raw dump has of each room. */
const DEPTHS_PER_DUMP = 8;

/**
 * Renders rooms into a data set whose scenes are parted into training and test, in NYU's shares.
 *
 * @returns how many frames were written.
 */
export async function writeRooms(
  folder: string,
  format: WritableFormat | 'raw-dump',
  { count, seed, width, height, onFrame = () => {} }: RoomsOptions,
): Promise<number> {
  if (format === 'raw-dump') return writeRawDumps(folder, { count, seed, width, height, onFrame });
  const planned = listFrames(count);
  const rooms = planned.map(({ sceneType, frameIndex }) => `${sceneType} ${Math.floor(frameIndex / VIEWS_PER_SCENE)}`);
  let done = 0;
  return writeDataset(folder, format, {
    parts: partsOf(rooms),
    async *frames(places) {
      const frames = generateFrames({ frames: places.map((place) => planned[place]!), seed, width, height });
      let next = 0;
      for await (const frame of frames) {
        yield { place: places[next++]!, frame };
        onFrame(++done);
      }
    },
  });
}

/** A raw dump has a folder for each scene and no parts: the names of the training scenes go into a list, for `--train-scenes`. */
async function writeRawDumps(
  folder: string,
  { count, seed, width, height, onFrame }: Required<RoomsOptions>,
): Promise<number> {
  if (width !== 640 || height !== 480) {
    throw new Error(`A raw dump has the sensor's own size: leave out --size, or say 640x480 (got ${width}x${height}).`);
  }
  await makeEmptyFolder(folder);
  const scenes: string[] = [];
  for (let done = 0; done < count; done += DEPTHS_PER_DUMP) {
    const frames = Math.min(DEPTHS_PER_DUMP, count - done);
    const sceneType = SCENE_TYPES[scenes.length % SCENE_TYPES.length]!;
    const sceneIndex = Math.floor(scenes.length / SCENE_TYPES.length);
    const { depths } = writeRawDump(folder, { seed, sceneType, sceneIndex, frames });
    scenes.push(basename(dirname(depths[0]!)));
    onFrame(done + frames);
  }
  const { train } = splitByScene(scenes);
  await replaceFile(join(folder, 'train-scenes.txt'), train.map((place) => `${scenes[place]}\n`).join(''));
  return count;
}

function partsOf(scenes: readonly string[]): Part[] {
  const train = new Set(splitByScene(scenes).train);
  return scenes.map((_, place) => (train.has(place) ? 'train' : 'test'));
}
