import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  assembleFrame,
  DatasetError,
  type FrameInfo,
  type FrameReader,
  inFile,
  type SourceIndex,
  type SplitName,
} from '@llm-mde/rgbd';
import {
  badHdf5,
  checkPixels,
  type Hdf5Dataset,
  type Hdf5File,
  openHdf5,
  openSlices,
  planSlices,
  readMat5,
  readTexts,
  type SlicePlan,
} from '@llm-mde/rgbd/formats';
import { nyuCamera } from './nyu-camera.js';

export interface LabeledOptions {
  /** `raw`: `rawDepths`, projected, with missing depth. `filled`: `depths`, missing depth filled by colorization. */
  depth: 'raw' | 'filled';
  /** `splits.mat`. Default: the file of that name beside the labeled one, if it is there. */
  splits?: string;
}

export interface LabeledIndex extends SourceIndex {
  format: 'labeled';
  path: string;
  images: SlicePlan;
  depths: SlicePlan;
}

/**
 * Lists the frames of `nyu_depth_v2_labeled.mat`: MATLAB v7.3, which is HDF5 with its axes in reverse, `images` [N, 3, W, H] and
 * `depths`, `rawDepths` [N, W, H]. Only scenes, their types and the split are read.
 *
 * A frame's id is `scene/number`, the number counted from 0 with five digits, as the BTS lists name the same frames.
 */
export async function indexLabeled(path: string, options: LabeledOptions): Promise<LabeledIndex> {
  const file = await openHdf5(path);
  try {
    const array = options.depth === 'raw' ? 'rawDepths' : 'depths';
    const [images, depths] = [file.dataset('images', 4), file.dataset(array, 3)];
    checkShapes(file, images, depths, array);
    checkPixels(images.shape![2]!, images.shape![3]!, path);
    const count = images.shape![0]!;
    const [scenes, types] = [readTexts(file, 'scenes'), readTexts(file, 'sceneTypes')];
    if (scenes.length !== count || types.length !== count) {
      throw new DatasetError(
        `It has ${count} images, but ${scenes.length} scenes and ${types.length} scene types. There must be one for each.`,
        { file: path },
      );
    }
    const splits = await readSplits(path, count, options.splits);
    const frames = scenes.map((scene, index): FrameInfo => {
      const split = splits?.[index];
      const info = { id: `${scene}/${String(index).padStart(5, '0')}`, scene, sceneType: types[index]! };
      return split ? { ...info, split } : info;
    });
    const plans = { images: planSlices(file, 'images', images), depths: planSlices(file, array, depths) };
    return { format: 'labeled', path, ...plans, frames, skipped: [], splitHint: SPLIT_HINT };
  } catch (error) {
    throw badHdf5(error, path);
  } finally {
    file.close();
  }
}

const SPLIT_HINT = 'put splits.mat beside the labeled file, or name it with the option splits.';

function checkShapes(file: Hdf5File, images: Hdf5Dataset, depths: Hdf5Dataset, array: string): void {
  const [count, channels, width, height] = images.shape as number[];
  const [depthCount, depthWidth, depthHeight] = depths.shape as number[];
  const expected =
    'It must have images [N, 3, W, H] of 8-bit values, and for each a depth map [W, H] of 32-bit floats.';
  const isRight = channels === 3 && count === depthCount && width === depthWidth && height === depthHeight;
  if (!isRight || images.dtype !== '<B' || depths.dtype !== '<f') {
    throw new DatasetError(
      `${expected} But images is [${images.shape?.join(', ')}] of ${JSON.stringify(images.dtype)}, and ${array} is [${depths.shape?.join(', ')}] of ${JSON.stringify(depths.dtype)}.`,
      { file: file.path },
    );
  }
}

/**
 * `trainNdxs` and `testNdxs` of splits.mat, which count from 1.
 *
 * @returns the split of each frame that is in one; undefined if there is no splits.mat.
 */
async function readSplits(path: string, count: number, given?: string): Promise<(SplitName | undefined)[] | undefined> {
  const file = given ?? join(dirname(path), 'splits.mat');
  if (given === undefined && !existsSync(file)) return undefined;
  const content = await inFile(file, () => readFile(file));
  const arrays = readMat5(content, file);
  const splits = new Array<SplitName | undefined>(count).fill(undefined);
  for (const [name, split] of [
    ['trainNdxs', 'train'],
    ['testNdxs', 'test'],
  ] as const) {
    const numbers = arrays.get(name)?.values;
    if (!numbers) throw new DatasetError(`It has no numbers named ${name}.`, { file });
    for (const number of numbers) {
      if (!Number.isInteger(number) || number < 1 || number > count) {
        throw new DatasetError(`Its ${name} names frame ${number}, but the labeled file has frames 1 to ${count}.`, {
          file,
        });
      }
      if (splits[number - 1]) throw new DatasetError(`It names frame ${number} twice.`, { file });
      splits[number - 1] = split;
    }
  }
  return splits;
}

/** Reads single frames by hyperslab; memory does not grow with the file. */
export async function openLabeled({ path, images, depths, frames }: LabeledIndex): Promise<FrameReader> {
  const imageSlices = await openSlices(images);
  const depthSlices = await openSlices(depths);
  const [, , width, height] = images.shape as [number, number, number, number];
  // What a frame was unpacked to is of no use once it is turned, but it is as large as the next frame's result: that goes there. So
  // nothing is left for the garbage collector, which would let tens of megabytes gather in each thread.
  let spareImage: ArrayBufferLike | undefined;
  let spareDepth: ArrayBufferLike | undefined;
  return {
    async read(position) {
      const info = frames[position]!;
      try {
        const image = imageSlices.read(position);
        const pixels = new Uint8Array(spareImage ?? new ArrayBuffer(image.bytes.length));
        spareImage = image.isOwned ? image.bytes.buffer : undefined;
        turnImage(image.bytes, pixels, width, height);
        const depth = depthSlices.read(position);
        const metres = new Float32Array(spareDepth ?? new ArrayBuffer(depth.bytes.length));
        spareDepth = depth.isOwned ? depth.bytes.buffer : undefined;
        turnDepth(depth.bytes, metres, width, height);
        const size = { width, height };
        const depths = { data: metres, ...size };
        const options = { file: path, intrinsics: nyuCamera(size) };
        return assembleFrame(info, { data: pixels, ...size, channels: 3 }, depths, options);
      } catch (error) {
        throw badHdf5(error, path);
      }
    },
    async close() {
      imageSlices.close();
      depthSlices.close();
    },
  };
}

/** Columns are turned into rows tile by tile: both arrays then stay in the processor's cache. */
const TILE = 32;

/** [3, W, H] to [H, W, 3]. */
function turnImage(source: Uint8Array, data: Uint8Array, width: number, height: number): void {
  const plane = width * height;
  for (let top = 0; top < height; top += TILE) {
    const bottom = Math.min(height, top + TILE);
    for (let left = 0; left < width; left += TILE) {
      const right = Math.min(width, left + TILE);
      for (let y = top; y < bottom; y++) {
        let to = (y * width + left) * 3;
        for (let from = left * height + y; from < right * height; from += height) {
          data[to++] = source[from]!;
          data[to++] = source[from + plane]!;
          data[to++] = source[from + 2 * plane]!;
        }
      }
    }
  }
}

/** [W, H] to [H, W]. */
function turnDepth(bytes: Uint8Array, data: Float32Array, width: number, height: number): void {
  // A view of floats must begin at a multiple of four bytes, which a chunk's part does by its shape, and a buffer from a pool may not.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const source = new Float32Array(aligned.buffer, aligned.byteOffset, width * height);
  for (let top = 0; top < height; top += TILE) {
    const bottom = Math.min(height, top + TILE);
    for (let left = 0; left < width; left += TILE) {
      const right = Math.min(width, left + TILE);
      for (let y = top; y < bottom; y++) {
        let to = y * width + left;
        for (let from = left * height + y; from < right * height; from += height) data[to++] = source[from]!;
      }
    }
  }
}
