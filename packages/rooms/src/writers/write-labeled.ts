import { checkSize, type Frames } from './frames.js';
import { bytesOf, Hdf5Writer, references } from './hdf5-writer.js';
import { writePiecesSafely } from './safe-write.js';

export interface LabeledOptions {
  /** zlib level of images and depths, 1 to 9, or 0 for none. @default 3 */
  compression?: number;
}

/**
 * Writes frames as `nyu_depth_v2_labeled.mat`: a MATLAB 7.3 file (HDF5 after a header of 512 bytes) with
 *
 * | name | HDF5 shape | content |
 * | --- | --- | --- |
 * | `images` | N × 3 × width × height, uint8 | MATLAB's axes, reversed |
 * | `depths` | N × width × height, float32 | metres, without holes |
 * | `rawDepths` | N × width × height, float32 | metres, 0 where the sensor has no value |
 * | `scenes`, `sceneTypes` | 1 × N references | to 16-bit character arrays in `#refs#` |
 *
 * Frames are taken and written one at a time: memory does not grow with their number. NYU's label maps and instances are not written.
 *
 * @returns the scenes' names in the order of the frames, for {@link splitByScene}.
 * @throws RangeError if there are no frames or their sizes differ. The file then does not appear.
 */
export async function writeLabeled(
  path: string,
  frames: Frames,
  { compression = 3 }: LabeledOptions = {},
): Promise<string[]> {
  if (!Number.isInteger(compression) || compression < 0 || compression > 9) {
    throw new RangeError(`The compression must be a whole number from 0 to 9, got ${compression}.`);
  }
  const scenes: string[] = [];
  const sceneTypes: string[] = [];
  await writePiecesSafely(path, async (write) => {
    const file = new Hdf5Writer({ write }, matlabHeader());
    let open: ReturnType<typeof openArrays> | undefined;
    let width = 0;
    let height = 0;
    for await (const frame of frames) {
      if (!open) {
        ({ width, height } = frame.image);
        open = openArrays(file, width, height, compression);
      }
      checkSize(frame, width, height);
      open.images.append(transposed(frame.image.data, width, height, 3));
      open.depths.append(bytesOf(transposed(frame.depth, width, height, 1)));
      open.rawDepths.append(bytesOf(transposed(frame.rawDepth, width, height, 1)));
      scenes.push(frame.scene);
      sceneTypes.push(frame.sceneType);
    }
    if (!open) throw new RangeError(`There are no frames to write to ${path}.`);
    const characters: { name: string; address: number }[] = [];
    const cells = (values: readonly string[]) => {
      const addresses = values.map((value) => {
        const codes = Uint16Array.from(value, (character) => character.charCodeAt(0));
        const address = file.dataset('uint16', [codes.length, 1], bytesOf(codes), {
          MATLAB_class: 'char',
          MATLAB_int_decode: 2,
        });
        characters.push({ name: referenceName(characters.length), address });
        return address;
      });
      return file.dataset('reference', [1, values.length], references(addresses), { MATLAB_class: 'cell' });
    };
    const members = [
      { name: 'images', address: open.images.close() },
      { name: 'depths', address: open.depths.close() },
      { name: 'rawDepths', address: open.rawDepths.close() },
      { name: 'sceneTypes', address: cells(sceneTypes) },
      { name: 'scenes', address: cells(scenes) },
    ];
    file.close([...members, { name: '#refs#', address: file.group(characters).address }]);
  });
  return scenes;
}

function openArrays(file: Hdf5Writer, width: number, height: number, compression: number) {
  const depths = () => file.growingDataset('float32', [width, height], compression, { MATLAB_class: 'single' });
  return {
    images: file.growingDataset('uint8', [3, width, height], compression, { MATLAB_class: 'uint8' }),
    depths: depths(),
    rawDepths: depths(),
  };
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
