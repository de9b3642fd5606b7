import { DatasetError } from '../errors.js';
import type { RgbImage } from '../types.js';

/** A raw depth image as the Kinect gave it: 11-bit values. */
export interface RawDepthImage {
  data: Uint16Array;
  width: number;
  height: number;
}

/** The greatest value that the sensor's 11 bits hold; it stands for "nothing measured". */
export const NO_MEASUREMENT = 2047;

/**
 * Reads a `d-*.pgm` of the raw dump: binary PGM (P5) with maximum 65535.
 *
 * Netpbm's own definition puts the high byte first. These files have the low byte first, which is why the toolbox swaps bytes after
 * reading them; a file in the standard's order is noticed by values that 11 bits can't hold, and refused.
 *
 * @throws DatasetError if the content is not such a file, or ends early.
 */
export function readRawDepth(content: Uint8Array, file: string): RawDepthImage {
  const { kind, width, height, maximum, start } = readHeader(content, file);
  if (kind !== 'P5' || maximum < 256) {
    throw new DatasetError(
      `Expected a 16-bit gray image (P5, maximum 65535), but it is ${kind} with maximum ${maximum}.`,
      { file },
    );
  }
  checkLength(content, start, width * height * 2, file);
  const bytes = content.subarray(start);
  const data = new Uint16Array(width * height);
  for (let index = 0; index < data.length; index++) {
    const value = bytes[2 * index]! | (bytes[2 * index + 1]! << 8);
    if (value > NO_MEASUREMENT) {
      throw new DatasetError(
        `The value at row ${Math.floor(index / width)}, column ${index % width} is ${value}, but the sensor gives at most ${NO_MEASUREMENT}. NYU's PGM files have the low byte first: is this one in another order?`,
        { file },
      );
    }
    data[index] = value;
  }
  return { data, width, height };
}

/**
 * Reads an `r-*.ppm` of the raw dump: binary PPM (P6), 8 bits.
 *
 * @throws DatasetError if the content is not such a file, or ends early.
 */
export function readPpm(content: Uint8Array, file: string): RgbImage {
  const { kind, width, height, maximum, start } = readHeader(content, file);
  if (kind !== 'P6' || maximum !== 255) {
    throw new DatasetError(
      `Expected an 8-bit color image (P6, maximum 255), but it is ${kind} with maximum ${maximum}.`,
      {
        file,
      },
    );
  }
  const length = width * height * 3;
  checkLength(content, start, length, file);
  return { data: Uint8Array.from(content.subarray(start, start + length)), width, height, channels: 3 };
}

/**
 * Reads a gray image of 16 bits as Netpbm defines it: binary PGM (P5), high byte first, as ScanNet's and 3RScan's depth maps are.
 *
 * @throws DatasetError if the content is not such a file, or ends early.
 */
export function readPgm16(content: Uint8Array, file: string): RawDepthImage {
  const { kind, width, height, maximum, start } = readHeader(content, file);
  if (kind !== 'P5' || maximum < 256) {
    const problem = `Depth must be a 16-bit gray image (P5, maximum 65535), but it is ${kind} with maximum ${maximum}.`;
    throw new DatasetError(problem, { file });
  }
  checkLength(content, start, width * height * 2, file);
  const view = new DataView(content.buffer, content.byteOffset + start);
  return { data: Uint16Array.from({ length: width * height }, (_, at) => view.getUint16(2 * at)), width, height };
}

/** A raw depth image as PGM, low byte first: see {@link readRawDepth}. */
export function encodeRawDepth({ data, width, height }: RawDepthImage): Buffer {
  const pixels = Buffer.alloc(data.length * 2);
  for (const [index, value] of data.entries()) pixels.writeUInt16LE(value, index * 2);
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n65535\n`), pixels]);
}

/** An image as binary PPM (P6), 8 bits. */
export function encodePpm({ data, width, height }: RgbImage): Buffer {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data]);
}

/** Far above any sensor's size; a header that says more is broken, and no memory is allocated for it. */
const LARGEST_SIDE = 16384;

function readHeader(content: Uint8Array, file: string) {
  // Header: magic number, width, height, maximum, between white space and comments; then one single white space.
  const text = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, 1024)).toString('latin1');
  const gap = '(?:\\s|#[^\\n]*\\n)+';
  const match = new RegExp(`^(P[56])${gap}(\\d+)${gap}(\\d+)${gap}(\\d+)\\s`).exec(text);
  if (!match) {
    throw new DatasetError(content.length === 0 ? 'The file is empty.' : 'It has no PGM or PPM header.', { file });
  }
  const [width, height, maximum] = match.slice(2).map(Number) as [number, number, number];
  if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE || maximum < 1 || maximum > 65535) {
    throw new DatasetError(
      `Its header names ${width} by ${height} pixels with maximum ${maximum}, which is impossible.`,
      {
        file,
      },
    );
  }
  return { kind: match[1] as 'P5' | 'P6', width, height, maximum, start: match[0].length };
}

function checkLength(content: Uint8Array, start: number, length: number, file: string): void {
  if (content.length - start < length) {
    throw new DatasetError(
      `It ends early: ${content.length - start} of ${length} bytes of pixels are there. Download or copy it again.`,
      { file },
    );
  }
}
