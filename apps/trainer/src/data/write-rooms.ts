import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { writeRawDump } from '@llm-mde/nyu';
import { filmRoom, generateFrames, listFrames, SCENE_TYPES, splitByScene, VIEWS_PER_SCENE } from '@llm-mde/rooms';
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
  await makeEmptyFolder(folder);
  const scenes: string[] = [];
  for (let done = 0; done < count; done += DEPTHS_PER_DUMP) {
    const frames = Math.min(DEPTHS_PER_DUMP, count - done);
    const sceneType = SCENE_TYPES[scenes.length % SCENE_TYPES.length]!;
    const sceneIndex = Math.floor(scenes.length / SCENE_TYPES.length);
    const recording = filmRoom({ seed, sceneType, sceneIndex, frames, width, height });
    await writeRawDump(folder, recording);
    scenes.push(recording.scene);
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
