import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { finalPath } from '@llm-mde/checkpoints';
import { openNyu } from '@llm-mde/nyu';
import { checkLayout, type ImageFolderLayout, type RgbdDataset } from '@llm-mde/rgbd';
import type { DataConfiguration } from '../config/schema.js';
import { writing } from '../output/sentences.js';
import { acquireLock, isLocked } from '../run/lock.js';
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
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenFrames> {
  const { depth, frameStride, onBadFrame, trainScenes } = configuration;
  const path = configuration.path ?? (await embeddedRooms(configuration.rooms, onRender));
  const options = {
    depth,
    frameStride,
    onBadFrame,
    trainScenes: trainScenes ?? undefined,
    pairs: layoutOf(configuration),
  };
  return { path, dataset: await openNyu(path, options) };
}

/** How a configuration describes a folder of images and depth maps. */
function layoutOf(configuration: DataConfiguration): ImageFolderLayout {
  const { images, depths, pairing, metresPerUnit, invalid, encoding, exrChannel, intrinsics, scene } = configuration;
  return checkLayout({ images, depths, pairing, metresPerUnit, invalid, encoding, exrChannel, intrinsics, scene });
}

/** The folder of embedded datasets, in the working directory. */
const ROOMS_FOLDER = 'data';
/** Of its frames: more than in NYU's own split, for there are fewer. */
const TRAIN_FRACTION = 0.8;

/**
 * The folder of the embedded dataset, rendered if it does not exist yet, with rooms of all 28 scene types: NYU's labeled file, or pairs, which state
 * the camera of each frame.
 */
async function embeddedRooms(
  { count, width, height, seed, variety = 'nyu' }: DataConfiguration['rooms'],
  onRender: (done: number, total: number) => void = () => {},
): Promise<string> {
  const kind = variety === 'nyu' ? 'rooms' : `rooms-${variety}`;
  const folder = join(ROOMS_FOLDER, `${kind}-${count}-${width}x${height}-${seed}`);
  if (existsSync(folder)) return folder;
  await removeAbandoned(folder);
  const temporary = `${folder}.${randomUUID()}.tmp`;
  const release = await acquireLock(`${temporary}.lock`, temporary);
  try {
    await writing(temporary, () =>
      writeRooms(temporary, variety === 'nyu' ? 'labeled' : 'pairs', {
        ...{ count, seed, width, height, variety },
        // More rooms teach more than more views of them.
        viewsPerRoom: 1,
        trainFraction: TRAIN_FRACTION,
        onFrame: (done) => onRender(done, count),
      }),
    );
    await rename(temporary, folder).catch((error) => {
      // Another process has rendered the same rooms meanwhile.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await release();
  }
  return folder;
}

/** Removes what a killed program had rendered of these rooms. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = existsSync(ROOMS_FOLDER) ? await readdir(ROOMS_FOLDER) : [];
  for (const name of names) {
    const unfinished = name.replace(/\.lock$/, '');
    const isUnfinished = unfinished !== name && unfinished !== basename(folder);
    if (!isUnfinished || finalPath(unfinished) !== basename(folder)) continue;
    const lock = join(ROOMS_FOLDER, name);
    if (await isLocked(lock)) continue;
    await rm(join(ROOMS_FOLDER, unfinished), { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}
