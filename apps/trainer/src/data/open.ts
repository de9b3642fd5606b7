import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openNyu } from '@llm-mde/nyu';
import type { RgbdDataset } from '@llm-mde/rgbd';
import type { DataConfiguration } from '../config/schema.js';
import { type Splits, splitDataset } from './split.js';
import { writeRooms } from './write.js';

/** A dataset and its path. */
export interface OpenFrames {
  dataset: RgbdDataset;
  path: string;
}

/** A dataset and its splits. */
export interface OpenDataset extends OpenFrames, Splits {}

/**
 * Opens the dataset of a configuration and splits its frames.
 *
 * @param onRender is told how many frames of the embedded dataset are rendered, if it does not exist yet.
 * @throws {DatasetError} if there is no dataset; RangeError if it cannot be split as configured.
 */
export async function openDataset(
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenDataset> {
  const opened = await openFrames(configuration, onRender);
  try {
    return { ...opened, ...(await splitDataset(opened.dataset, configuration)) };
  } catch (error) {
    await opened.dataset.close();
    throw error;
  }
}

/** The same without splitting the frames, which may be of one scene. */
export async function openFrames(
  { path: given, rooms, depth, frameStride, onBadFrame, trainScenes }: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenFrames> {
  const path = given ?? (await embeddedRooms(rooms, onRender));
  const options = { depth, frameStride, onBadFrame, trainScenes: trainScenes ?? undefined };
  return { path, dataset: await openNyu(path, options) };
}

/** The folder of embedded datasets, in the working directory. */
const ROOMS_FOLDER = 'data';
/** Of its frames: more than in NYU's own split, for there are fewer. */
const TRAIN_FRACTION = 0.8;

/** The folder of the embedded dataset, rendered if it does not exist yet: NYU's labeled file with rooms of all 28 scene types. */
async function embeddedRooms(
  { count, width, height, seed }: DataConfiguration['rooms'],
  onRender: (done: number, total: number) => void = () => {},
): Promise<string> {
  const folder = join(ROOMS_FOLDER, `rooms-${count}-${width}x${height}-${seed}`);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${crypto.randomUUID()}.tmp`;
  try {
    await writeRooms(temporary, 'labeled', {
      ...{ count, seed, width, height },
      // More rooms teach more than more views of them.
      viewsPerRoom: 1,
      trainFraction: TRAIN_FRACTION,
      onFrame: (done) => onRender(done, count),
    });
    // Where another program was faster, its rooms are the same.
    await rename(temporary, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}
