import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { bytesOf, checkedName, Hdf5Writer, MemorySink, TAR_END, tarEntry, writePieces } from '@llm-mde/rgbd/formats';
import type { WritableFrame, WritableFrames } from './writable-frame.js';

export interface WriteFastDepthOptions {
  /** `train` has a folder for each scene, `val` one that is called `official`. */
  split: 'train' | 'val';
  /** Whether the files are packed into archives, `<split>-000000.tar` and so on. @default true */
  tar?: boolean;
  /** @default 4000 */
  framesPerShard?: number;
}

/**
 * Writes frames as fast-depth and the copy on the Hugging Face hub have them: an HDF5 file for each, with `rgb` (3 × height × width, uint8)
 * and `depth` (height × width, float32, metres, none missing). Files are numbered from 1 in each folder; those to train on from 2 and without 201,
 * because fast-depth holds `00001.h5` and `00201.h5` out of training.
 *
 * @returns the paths of the archives, or of the files.
 * @throws RangeError if there are no frames.
 */
export async function writeFastDepth(
  folder: string,
  frames: WritableFrames,
  { split, tar = true, framesPerShard = 4000 }: WriteFastDepthOptions,
): Promise<string[]> {
  if (!Number.isInteger(framesPerShard) || framesPerShard < 1) {
    throw new RangeError(`framesPerShard must be a positive integer, got ${framesPerShard}.`);
  }
  const counts = new Map<string, number>();
  const nameOf = (frame: WritableFrame) => {
    const place = split === 'train' ? checkedName(frame.scene) : 'official';
    const number = nextNumber(counts.get(place) ?? 0, split);
    counts.set(place, number);
    return `${split}/${place}/${String(number).padStart(5, '0')}.h5`;
  };
  const paths: string[] = [];
  if (!tar) {
    for await (const frame of frames) {
      const path = join(folder, nameOf(frame));
      await replaceFile(path, frameFile(frame));
      paths.push(path);
    }
  } else {
    const source = iterate(frames);
    try {
      for (let next = await source.next(); !next.done; ) {
        const path = join(folder, `${split}-${String(paths.length).padStart(6, '0')}.tar`);
        await writePieces(path, async (write) => {
          let position = 0;
          const put = (bytes: Uint8Array) => {
            write(bytes, position);
            position += bytes.length;
          };
          for (let count = 0; count < framesPerShard && !next.done; count++) {
            put(tarEntry(nameOf(next.value), frameFile(next.value)));
            next = await source.next();
          }
          put(TAR_END);
        });
        paths.push(path);
      }
    } finally {
      // Where writing fails the frames may still be made, in threads of their own.
      await source.return();
    }
  }
  if (paths.length === 0) throw new RangeError(`There are no frames to write to ${folder}.`);
  return paths;
}

/** fast-depth does not train on files with these numbers, which here would be the first frame of every room. */
const HELD_OUT = [1, 201];

function nextNumber(last: number, split: WriteFastDepthOptions['split']): number {
  const next = last + 1;
  return split === 'train' && HELD_OUT.includes(next) ? next + 1 : next;
}

/** The HDF5 file of one frame. */
export function frameFile({
  image: { data, width, height },
  depth,
}: Pick<WritableFrame, 'image' | 'depth'>): Uint8Array {
  const planes = new Uint8Array(data.length);
  for (let channel = 0, at = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < width * height; pixel++) planes[at++] = data[pixel * 3 + channel]!;
  }
  const sink = new MemorySink();
  const file = new Hdf5Writer(sink);
  file.close([
    { name: 'depth', address: file.dataset('float32', [height, width], bytesOf(depth)) },
    { name: 'rgb', address: file.dataset('uint8', [3, height, width], planes) },
  ]);
  return sink.bytes();
}

async function* iterate(frames: WritableFrames): AsyncGenerator<WritableFrame, void, undefined> {
  yield* frames;
}
