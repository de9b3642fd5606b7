import { Random } from '../random.js';
import { writeFileSafely } from './safe-write.js';

export interface Splits {
  /** Places of the frames in the labeled file, from 0. */
  train: readonly number[];
  test: readonly number[];
}

/**
 * Parts frames into training and test so that no scene is in both, as NYU's own split does.
 *
 * @param scenes each frame's scene, as {@link writeLabeled} returns them.
 * @param trainShare of the frames, about; @default 795 / 1449
 */
export function splitByScene(
  scenes: readonly string[],
  trainShare = 795 / 1449,
  seed = 0,
): { train: number[]; test: number[] } {
  const random = new Random(seed);
  const names = [...new Set(scenes)];
  // Fisher and Yates's shuffle.
  for (let index = names.length - 1; index > 0; index--) {
    const other = random.integer(0, index);
    [names[index], names[other]] = [names[other]!, names[index]!];
  }
  const trainScenes = new Set<string>();
  let taken = 0;
  for (const name of names) {
    const size = scenes.filter((scene) => scene === name).length;
    if (taken + size / 2 > trainShare * scenes.length) continue;
    trainScenes.add(name);
    taken += size;
  }
  const places = [...scenes.keys()];
  return {
    train: places.filter((place) => trainScenes.has(scenes[place]!)),
    test: places.filter((place) => !trainScenes.has(scenes[place]!)),
  };
}

/**
 * Writes `splits.mat`, a MATLAB 5 file with `trainNdxs` and `testNdxs`: columns of uint16 that count from 1.
 *
 * @throws RangeError if a place is not a whole number from 0 to 65534.
 */
export function writeSplits(path: string, { train, test }: Splits): void {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, Platform: GLNXA64, Created on: Sat Jan  1 00:00:00 2000');
  header.fill(0, 116, 124);
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  writeFileSafely(path, Buffer.concat([header, column('trainNdxs', train), column('testNdxs', test)]));
}

const INT8 = 1;
const UINT16 = 4;
const INT32 = 5;
const UINT32 = 6;
const MATRIX = 14;
const UINT16_CLASS = 11;

function column(name: string, places: readonly number[]): Buffer {
  const values = Buffer.alloc(places.length * 2);
  for (const [index, place] of places.entries()) {
    if (!Number.isInteger(place) || place < 0 || place > 65534) {
      throw new RangeError(`${name} holds ${place}: a frame's place must be a whole number from 0 to 65534.`);
    }
    values.writeUInt16LE(place + 1, index * 2);
  }
  const flags = Buffer.alloc(8);
  flags.writeUInt32LE(UINT16_CLASS);
  const dimensions = Buffer.alloc(8);
  dimensions.writeInt32LE(places.length);
  dimensions.writeInt32LE(1, 4);
  return element(
    MATRIX,
    Buffer.concat([
      element(UINT32, flags),
      element(INT32, dimensions),
      element(INT8, Buffer.from(name)),
      element(UINT16, values),
    ]),
  );
}

function element(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}
