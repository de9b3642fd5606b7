import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import {
  type WritableFrame,
  writeBtsLists,
  writeFastDepth,
  writeLabeled,
  writeRawDump,
  writeSplits,
} from '@llm-mde/nyu';
import { DatasetError, type Frame, type RgbdDataset, withDepthOfImage, writeImageFolder } from '@llm-mde/rgbd';
import { filmRoom, generateFrames, listFrames, SCENE_TYPES, type Variety, VIEWS_PER_SCENE } from '@llm-mde/rooms';
import { splitRooms, trainTestSplit } from './split.js';

/** The formats that any frames can be written in. */
export type WritableFormat = 'labeled' | 'lists' | 'shards' | 'pairs';

type Split = 'train' | 'test';

export interface RoomsOptions {
  count: number;
  seed: number;
  width: number;
  height: number;
  /** `wide`: any camera, and light, clutter and spaces of many kinds; `mixed`: rooms of both kinds; for `pairs` and `lists`. @default 'nyu' */
  variety?: Variety;
  /** Consecutive frames of one room, 1 or 3. @default 3 */
  viewsPerRoom?: number;
  /** Of the frames, for training. @default that of NYU's split */
  trainFraction?: number;
  onFrame?: (done: number) => void;
}

/** Depth maps of each room in a raw dump. */
const DEPTHS_PER_DUMP = 8;

/**
 * Renders rooms into a dataset whose scenes are split into training and test.
 *
 * @returns the number of frames written.
 */
export async function writeRooms(
  folder: string,
  format: WritableFormat | 'raw-dump',
  { viewsPerRoom = VIEWS_PER_SCENE, trainFraction, onFrame = () => {}, ...options }: RoomsOptions,
): Promise<number> {
  const hasCameras = (options.variety ?? 'nyu') !== 'nyu';
  if (hasCameras && format !== 'pairs' && format !== 'lists') {
    throw new RangeError(
      `Each frame of the variety "${options.variety}" has a camera of its own, which the format ${format} cannot hold: use pairs or lists.`,
    );
  }
  if (format === 'raw-dump') return writeRawDumps(folder, { ...options, onFrame });
  const { count, ...rendering } = options;
  const views = listFrames(count * (VIEWS_PER_SCENE / viewsPerRoom));
  const planned = views.filter(({ frameIndex }) => frameIndex % VIEWS_PER_SCENE < viewsPerRoom);
  const rooms = planned.map(({ sceneType, frameIndex }) => `${sceneType} ${Math.floor(frameIndex / VIEWS_PER_SCENE)}`);
  let done = 0;
  return writeDataset(folder, format, {
    splits: splitRooms(rooms, trainFraction),
    async *frames(places) {
      const frames = generateFrames({ frames: places.map((place) => planned[place]!), ...rendering });
      let next = 0;
      for await (const frame of frames) {
        // The sensor would miss what is near and far, which is what these are for.
        yield { place: places[next++]!, frame: hasCameras ? { ...frame, rawDepth: frame.depth } : frame };
        onFrame(++done);
      }
    },
  });
}

/** A raw dump has a folder per scene and no splits: the names of the training scenes are written to a list, for `--train-scenes`. */
async function writeRawDumps(
  folder: string,
  { count, seed, width, height, onFrame = () => {} }: RoomsOptions,
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
  const splits = splitRooms(scenes);
  const training = scenes.filter((_, place) => splits[place] === 'train');
  await replaceFile(join(folder, 'train-scenes.txt'), training.map((scene) => `${scene}\n`).join(''));
  return count;
}

export interface ConvertOptions {
  /** Skip frames that cannot be read. */
  skipBad: boolean;
  onFrame?: (done: number) => void;
  onBadFrame?: (error: DatasetError) => void;
}

/**
 * Writes an open dataset in another format. Depth is written as it was opened, as measured or filled in.
 *
 * @returns the number of frames written, and how they were split.
 */
export async function convertDataset(
  dataset: RgbdDataset,
  folder: string,
  format: WritableFormat,
  { skipBad, onFrame = () => {}, onBadFrame = () => {} }: ConvertOptions,
): Promise<{ written: number; split: string }> {
  const { test, description: split } = trainTestSplit(dataset);
  const inTest = new Set(test);
  let done = 0;
  const written = await writeDataset(folder, format, {
    splits: dataset.frames.map(({ id }) => (inTest.has(id) ? 'test' : 'train')),
    async *frames(places) {
      for (const place of places) {
        const frame = await readFrame(dataset, dataset.frames[place]!.id, format).catch((error) => {
          if (!skipBad || !(error instanceof DatasetError)) throw error;
          onBadFrame(error);
        });
        if (frame) yield { place, frame };
        onFrame(++done);
      }
    },
  });
  return { written, split };
}

async function readFrame(dataset: RgbdDataset, id: string, format: WritableFormat): Promise<SizedFrame> {
  // Only pairs can hold depth that is smaller than its image.
  const frame = await dataset.read(id);
  const { scene, sceneType, image, depth, intrinsics, depthWidth, depthHeight } =
    format === 'pairs' ? frame : withDepthOfImage(frame);
  if (format === 'lists' && depth.some((metres) => metres > FARTHEST_IN_LISTS)) {
    const problem = `It has depths beyond ${FARTHEST_IN_LISTS} m, which lists of 16-bit millimetres cannot hold: convert to pairs.`;
    throw new DatasetError(problem, { file: 'Its depth map', frame: id });
  }
  return { id, scene, sceneType, image, depth, rawDepth: depth, intrinsics, depthWidth, depthHeight };
}

const FARTHEST_IN_LISTS = 65.535;

type SizedFrame = WritableFrame & Pick<Frame, 'depthWidth' | 'depthHeight'>;

/** Frames to write. */
interface FrameSource {
  /** The split of each. */
  splits: readonly Split[];
  /** The frames at these places, in order; one that cannot be read may be skipped. */
  frames(places: readonly number[]): AsyncIterable<{ place: number; frame: WritableFrame }>;
}

/**
 * Writes frames in one of the formats that `openNyu` reads, with their splits if the format has any (a folder of pairs has none).
 *
 * @returns the number of frames written.
 * @throws Error if the folder is not empty; RangeError if a split that the format needs has no frames.
 */
async function writeDataset(folder: string, format: WritableFormat, source: FrameSource): Promise<number> {
  await makeEmptyFolder(folder);
  const all = [...source.splits.keys()];
  const placesOf = (split: Split) => all.filter((place) => source.splits[place] === split);
  const written: Split[] = [];
  async function* counted(places: readonly number[]) {
    for await (const { place, frame } of source.frames(places)) {
      written.push(source.splits[place]!);
      yield frame;
    }
  }
  if (format === 'labeled') {
    await writeLabeled(join(folder, 'nyu_depth_v2_labeled.mat'), counted(all));
    const rows = (split: Split) => [...written.keys()].filter((row) => written[row] === split);
    await writeSplits(join(folder, 'splits.mat'), { train: rows('train'), test: rows('test') });
  } else if (format === 'lists') {
    const list = (split: Split) => ({ split, list: join(folder, `nyudepthv2_${split}_files_with_gt.txt`) });
    await writeBtsLists(join(folder, 'sync'), counted(placesOf('train')), list('train'));
    await writeBtsLists(join(folder, 'official_splits', 'test'), counted(placesOf('test')), list('test'));
  } else if (format === 'shards') {
    await writeFastDepth(folder, counted(placesOf('train')), { split: 'train' });
    await writeFastDepth(folder, counted(placesOf('test')), { split: 'val' });
  } else {
    await writeImageFolder(folder, asMeasured(counted(all)));
  }
  return written.length;
}

/** Creates a folder, or takes an empty one. */
async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new Error(`The folder ${folder} is not empty: choose an empty one or a new one.`);
  }
}

async function* asMeasured(frames: AsyncIterable<WritableFrame>) {
  for await (const frame of frames) yield { ...frame, depth: frame.rawDepth };
}
