import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeLabeled, writeSplits } from '@llm-mde/nyu';
import { type Frame, generateFrames, SCENE_TYPES, splitByScene, VIEWS_PER_SCENE } from '@llm-mde/rooms';
import type { DataConfiguration } from '../configuration/training-configuration.js';

/** Folder for what is rendered, in the working folder: it is found again by the next run. */
const ROOMS_FOLDER = 'data';

/**
 * The folder of the embedded data set, rendered if it is not there yet: NYU's labeled file with rooms of all 28 scene types, and its splits.
 *
 * @param onProgress is told how many frames are done.
 */
export async function embeddedRooms(
  rooms: DataConfiguration['rooms'],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<string> {
  const { count, width, height, seed } = rooms;
  const folder = join(ROOMS_FOLDER, `rooms-${count}-${width}x${height}-${seed}`);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}.tmp`;
  try {
    await mkdir(temporary, { recursive: true });
    const frames = generateFrames({ frames: oneViewEach(count), width, height, seed });
    const scenes = await writeLabeled(join(temporary, 'nyu_depth_v2_labeled.mat'), counted(frames, count, onProgress));
    await writeSplits(join(temporary, 'splits.mat'), splitByScene(scenes, TRAIN_SHARE));
    await mkdir(dirname(folder), { recursive: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** The first view of so many rooms, in turn of all scene types: more rooms teach more than more views of them. */
function oneViewEach(count: number) {
  return Array.from({ length: count }, (_, place) => ({
    sceneType: SCENE_TYPES[place % SCENE_TYPES.length]!,
    frameIndex: Math.floor(place / SCENE_TYPES.length) * VIEWS_PER_SCENE,
  }));
}

/** More to train on than in NYU's own split: there are fewer frames. */
const TRAIN_SHARE = 0.8;

async function* counted(
  frames: AsyncIterable<Frame>,
  total: number,
  onProgress: (done: number, total: number) => void,
): AsyncGenerator<Frame> {
  let done = 0;
  for await (const frame of frames) {
    yield frame;
    onProgress(++done, total);
  }
}
