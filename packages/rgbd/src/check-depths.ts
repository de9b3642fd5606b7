import { DatasetError, NO_SUCH_FILE } from './errors.js';
import type { RgbdDataset } from './rgbd-dataset.js';
import type { Frame } from './types.js';

export interface CheckDepthsOptions {
  /** Metres; nearer depths are not used. @default 0.001 */
  minimum?: number;
  /** Metres; farther depths are not used. @default 10, as in NYU Depth v2 */
  maximum?: number;
  /** The frames to choose from. @default all of the data set */
  ids?: readonly string[];
  /** How many frames to read, spread evenly. @default 8 */
  frames?: number;
}

/** What some frames of a data set say about the depths of all. */
export interface DepthCheck {
  /** Ids of the frames that were read. */
  read: string[];
  /** Those of them that have no depth at all. */
  withoutDepth: string[];
  /** Those of them that state no camera, or one that can't be. */
  withoutCamera: string[];
  /** Metres; undefined if no frame has a depth. */
  depths?: { nearest: number; median: number; farthest: number };
  /** Which fraction of the depths lies from `minimum` to `maximum`; 0 if there is none. */
  inRange: number;
  /** Why nothing can be trained or evaluated: no frame that was read has a depth in range. One or more sentences. */
  problem?: string;
  /** What is odd about the frames, a sentence or two each. */
  warnings: string[];
}

/**
 * Reads some frames and says whether their depths make sense for a range: missing files, frames without depth, depths of another unit.
 * With `onBadFrame: 'skip'` a frame that can't be read is passed over for the next one. Of no frames nothing is said.
 *
 * @throws DatasetError if a frame can't be read, unless the data set was opened to skip it; RangeError if an id is unknown.
 */
export async function checkDepths(
  dataset: RgbdDataset,
  { minimum = 0.001, maximum = 10, ids = dataset.frames.map(({ id }) => id), frames = 8 }: CheckDepthsOptions = {},
): Promise<DepthCheck> {
  if (ids.length === 0) return { read: [], withoutDepth: [], withoutCamera: [], inRange: 0, warnings: [] };
  const missing = await dataset.missing(ids);
  const skipped = dataset.skipped.filter(({ problem }) => problem === NO_SUCH_FILE);
  const [first] = missing;
  const absent = [...skipped, ...missing];
  const warnings = absent.length === 0 ? [] : [missingText(absent, skipped.length + ids.length)];
  if (first && dataset.onBadFrame === 'throw') {
    const { frame, file } = first;
    throw new DatasetError(`${NO_SUCH_FILE} ${warnings[0]} Download them, or skip bad frames.`, { file, frame });
  }
  const range = { minimum, maximum };
  const check = await survey(dataset, ids, frames, range);
  // Before everything is refused for a few frames, more are read.
  const { read, withoutDepth, withoutCamera, depths, inRange } =
    check.inRange > 0 ? check : await survey(dataset, ids, 8 * frames, range);
  const found = { read, withoutDepth, withoutCamera, depths, inRange };
  const [one] = read;
  if (one === undefined)
    return { ...found, problem: `No frame can be read. The first: ${check.error?.message}`, warnings };
  if (depths === undefined) {
    const which =
      read.length === 1
        ? `The frame ${one} has no depth`
        : `None of the ${read.length} frames read has a depth, the first is ${one}`;
    return { ...found, problem: `${which}: every value is 0, infinite or not a number.`, warnings };
  }
  if (withoutDepth.length > 0) {
    warnings.push(
      `${withoutDepth.length} of the ${read.length} frames read have no depth at all, the first is ${withoutDepth[0]}.`,
    );
  }
  const { nearest, median, farthest } = depths;
  const they = `They are from ${metres(nearest)} to ${metres(farthest)} m, median ${metres(median)} m.`;
  if (inRange === 0) {
    return { ...found, problem: `No depth lies between ${minimum} and ${maximum} m. ${they} ${UNIT}`, warnings };
  }
  if (inRange < LEAST_IN_RANGE) {
    warnings.push(
      `Only ${Math.floor(100 * inRange)} % of the depths lie between ${minimum} and ${maximum} m. ${they} ${UNIT}`,
    );
  } else if (median < NEAREST_MEDIAN) warnings.push(`The depths are very small. ${they} ${UNIT}`);
  return { ...found, warnings };
}

const UNIT =
  'Are they in the unit that is assumed, millimetres in PNG and metres in EXR and NPY? TUM RGB-D has 5000 units a metre, KITTI 256, SUN RGB-D rotates the bits.';

/** NYU's frames have all their depths below 10 m; those of TUM RGB-D, read as millimetres, four in five. */
const LEAST_IN_RANGE = 0.95;
/** Metres: nearer than any sensor sees. */
const NEAREST_MEDIAN = 0.1;
/** Bad frames in a row, before the part that they lie in is given up. */
const MOST_TRIES = 20;
/** Of one frame: enough for a median. */
const LARGEST_SAMPLE = 10_000;

function missingText(missing: readonly { file: string }[], count: number): string {
  const number = (value: number) => value.toLocaleString('en-US');
  return `The files of ${number(missing.length)} of ${number(count)} frames are missing, the first is ${missing[0]!.file}.`;
}

async function survey(
  dataset: RgbdDataset,
  ids: readonly string[],
  count: number,
  { minimum, maximum }: { minimum: number; maximum: number },
): Promise<Omit<DepthCheck, 'problem' | 'warnings'> & { error?: DatasetError }> {
  let error: DatasetError | undefined;
  const onError = (bad: DatasetError) => {
    error ??= bad;
  };
  const [read, withoutDepth, withoutCamera, sample]: [string[], string[], string[], number[]] = [[], [], [], []];
  let [nearest, farthest, inside, total] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  const parts = Math.min(count, ids.length);
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * ids.length) / parts);
    const to = Math.floor(((part + 1) * ids.length) / parts);
    const frame = await firstReadable(dataset, ids.slice(from, Math.min(to, from + MOST_TRIES)), onError);
    if (!frame) continue;
    const depths = frame.depth.filter((_, pixel) => frame.valid[pixel]);
    read.push(frame.id);
    if (depths.length === 0) withoutDepth.push(frame.id);
    if (!frame.intrinsics) withoutCamera.push(frame.id);
    const stride = Math.ceil(depths.length / LARGEST_SAMPLE);
    for (const [index, depth] of depths.entries()) {
      nearest = Math.min(nearest, depth);
      farthest = Math.max(farthest, depth);
      if (depth >= minimum && depth <= maximum) inside++;
      if (index % stride === 0) sample.push(depth);
    }
    total += depths.length;
  }
  if (total === 0) return { read, withoutDepth, withoutCamera, inRange: 0, error };
  const median = sample.sort((a, b) => a - b)[sample.length >> 1]!;
  return { read, withoutDepth, withoutCamera, depths: { nearest, median, farthest }, inRange: inside / total };
}

async function firstReadable(
  dataset: RgbdDataset,
  ids: readonly string[],
  onError: (error: DatasetError) => void,
): Promise<Frame | undefined> {
  for (const id of ids) {
    try {
      return await dataset.read(id);
    } catch (error) {
      if (dataset.onBadFrame === 'throw' || !(error instanceof DatasetError)) throw error;
      onError(error);
    }
  }
  return undefined;
}

function metres(depth: number): string {
  return depth.toFixed(depth < 1 ? 3 : 2);
}
