import { replaceFile } from '@llm-mde/checkpoints';
import type { RgbImage } from '@llm-mde/rgbd';
import { bytesOf, encodeMat5, Hdf5Writer, references, writePieces } from '@llm-mde/rgbd/formats';
import type { WritableFrames } from './writable-frame.js';

export interface WriteLabeledOptions {
  /** zlib level of images and depths, 1 to 9, or 0 for none. @default 3 */
  compression?: number;
}

/**
 * Writes frames as `nyu_depth_v2_labeled.mat`: a MATLAB 7.3 file (HDF5 after a header of 512 bytes) with
 *
 * | name | HDF5 shape | content |
 * | --- | --- | --- |
 * | `images` | N × 3 × width × height, uint8 | MATLAB's axes, reversed |
 * | `depths` | N × width × height, float32 | metres, none missing |
 * | `rawDepths` | N × width × height, float32 | metres, 0 where the sensor has no value |
 * | `scenes`, `sceneTypes` | 1 × N references | to 16-bit character arrays in `#refs#` |
 *
 * Frames are taken and written one at a time: memory does not grow with their number. NYU's label maps and instances are not written.
 *
 * @returns the scenes' names in the order of the frames, to split them by.
 * @throws RangeError if there are no frames or their sizes differ. Then nothing is written.
 */
export async function writeLabeled(
  path: string,
  frames: WritableFrames,
  { compression = 3 }: WriteLabeledOptions = {},
): Promise<string[]> {
  if (!Number.isInteger(compression) || compression < 0 || compression > 9) {
    throw new RangeError(`The compression must be an integer from 0 to 9, got ${compression}.`);
  }
  const scenes: string[] = [];
  const sceneTypes: string[] = [];
  await writePieces(path, async (write) => {
    const file = new Hdf5Writer({ write }, matlabHeader());
    let arrays: ReturnType<typeof openArrays> | undefined;
    for await (const frame of frames) {
      arrays ??= openArrays(file, frame.image, compression);
      const { width, height } = arrays;
      if (frame.image.width !== width || frame.image.height !== height) {
        throw new RangeError(
          `Frame ${frame.id} has ${frame.image.width} by ${frame.image.height} pixels, but the first frame has ${width} by ${height}: all frames of a labeled file must have the same size.`,
        );
      }
      arrays.images.append(transposed(frame.image.data, width, height, 3));
      arrays.depths.append(bytesOf(transposed(frame.depth, width, height, 1)));
      arrays.rawDepths.append(bytesOf(transposed(frame.rawDepth, width, height, 1)));
      scenes.push(frame.scene);
      sceneTypes.push(frame.sceneType);
    }
    if (!arrays) throw new RangeError(`There are no frames to write to ${path}.`);
    const characters: { name: string; address: number }[] = [];
    const cells = (values: readonly string[]) => {
      const addresses = values.map((value) => {
        const codes = Uint16Array.from(value, (character) => character.charCodeAt(0));
        const attributes = { MATLAB_class: 'char', MATLAB_int_decode: 2 };
        const address = file.dataset('uint16', [codes.length, 1], bytesOf(codes), attributes);
        characters.push({ name: referenceName(characters.length), address });
        return address;
      });
      return file.dataset('reference', [1, values.length], references(addresses), { MATLAB_class: 'cell' });
    };
    const members = [
      { name: 'images', address: arrays.images.close() },
      { name: 'depths', address: arrays.depths.close() },
      { name: 'rawDepths', address: arrays.rawDepths.close() },
      { name: 'sceneTypes', address: cells(sceneTypes) },
      { name: 'scenes', address: cells(scenes) },
    ];
    file.close([...members, { name: '#refs#', address: file.group(characters).address }]);
  });
  return scenes;
}

function openArrays(file: Hdf5Writer, { width, height }: RgbImage, compression: number) {
  const depths = () => file.growingDataset('float32', [width, height], compression, { MATLAB_class: 'single' });
  return {
    width,
    height,
    images: file.growingDataset('uint8', [3, width, height], compression, { MATLAB_class: 'uint8' }),
    depths: depths(),
    rawDepths: depths(),
  };
}

export interface SplitPositions {
  /** Positions of the frames in the labeled file, counted from 0. */
  train: readonly number[];
  test: readonly number[];
}

/**
 * Writes `splits.mat`, a MATLAB v5 file with `trainNdxs` and `testNdxs`: columns of uint16 that count from 1.
 *
 * @throws RangeError if a position is not an integer from 0 to 65534.
 */
export async function writeSplits(path: string, { train, test }: SplitPositions): Promise<void> {
  const columns = Object.entries({ trainNdxs: train, testNdxs: test }).map(([name, positions]) => {
    const wrong = positions.find((position) => !Number.isInteger(position) || position < 0 || position > 65534);
    if (wrong !== undefined) {
      throw new RangeError(`${name} contains ${wrong}: the position of a frame must be an integer from 0 to 65534.`);
    }
    return [name, Uint16Array.from(positions, (position) => position + 1)] as const;
  });
  await replaceFile(path, encodeMat5(Object.fromEntries(columns)));
}

/** From rows of pixels with interleaved channels to channels of columns, which is MATLAB's order. */
function transposed<T extends Uint8Array | Float32Array>(
  values: T,
  width: number,
  height: number,
  channels: number,
): T {
  const turned = values.slice() as T;
  for (let channel = 0, at = 0; channel < channels; channel++) {
    for (let column = 0; column < width; column++) {
      for (let row = 0; row < height; row++) turned[at++] = values[(row * width + column) * channels + channel]!;
    }
  }
  return turned;
}

/** MATLAB's 128 bytes in a block of 512, which HDF5 skips. The date is fixed, so that the same frames give the same file. */
function matlabHeader(): Uint8Array {
  const header = new Uint8Array(512);
  const words = 'MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Sat Jan  1 00:00:00 2000 HDF5 schema 1.00 .';
  header.set(new TextEncoder().encode(words.padEnd(116)));
  // Version 2.0, and how a little-endian machine reads "MI".
  header.set([0x00, 0x02, 0x49, 0x4d], 124);
  return header;
}

/** MATLAB's names for what is referred to: a, b, …, z, aa, …; any unique names do. */
function referenceName(index: number): string {
  let name = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(97 + ((rest - 1) % 26)) + name;
  }
  return name;
}
