import type { Size } from '../size.js';
import { focalLengthFrom35mm, intrinsicsFromFocalLength } from './intrinsics.js';

/** What a photograph's file says about its focal length. */
export interface ExifFocalLength {
  /** In pixels of the image as it is stored. Undefined if nothing is stated, or nothing that can be believed. */
  focalLength?: number;
  /** What is wrong with what is stated, as one or two sentences. */
  problem?: string;
}

/**
 * The focal length that a photograph's Exif data state as FocalLengthIn35mmFilm. Equivalent means the same angle across the diagonal (CIPA DCG-001):
 * 26 mm of a picture of 4032 by 3024 are 26 / 43.27 of its diagonal, 3029 pixels.
 *
 * @param exif the block that begins with "Exif", see {@link exifOfJpeg}; undefined states nothing.
 * @param size of the image as it is stored.
 */
export async function exifFocalLength(exif: Uint8Array | undefined, size: Size): Promise<ExifFocalLength> {
  if (!exif) return {};
  // Loaded where there is something to read. The package of this name, which browsers have too.
  const [{ default: read }, { Buffer }] = await Promise.all([import('exif-reader'), import('buffer/index.js')]);
  const { width, height } = size;
  try {
    const {
      FocalLengthIn35mmFilm: millimetres,
      PixelXDimension,
      PixelYDimension,
    } = read(Buffer.from(exif) as never).Photo ?? {};
    if (millimetres === undefined) return {};
    if (PixelXDimension && PixelYDimension && !isSameShape(width, height, PixelXDimension, PixelYDimension)) {
      throw new RangeError(`The photo had ${PixelXDimension} by ${PixelYDimension} pixels, and was cropped since.`);
    }
    if (millimetres === 0) throw new RangeError('It is 0, which means unknown.');
    const focalLength = focalLengthFrom35mm(millimetres, size);
    if (!isPhotograph(focalLength, size)) {
      throw new RangeError(`It is ${millimetres} mm on 35-mm film, which no camera for photographs has.`);
    }
    return { focalLength };
  } catch (error) {
    return { problem: `The focal length in its EXIF data is not used. ${(error as Error).message}` };
  }
}

/** Markers of segments. */
const [APP1, START_OF_SCAN] = [0xe1, 0xda];

/**
 * The Exif data of a JPEG file, from "Exif" on.
 *
 * @param bytes the file, or as much of its beginning as holds them: they are at most 64 KB.
 * @returns undefined if it is no JPEG file, or holds none.
 */
export function exifOfJpeg(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== START_OF_SCAN; ) {
    const [content, end] = [at + 4, at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!];
    if (bytes[at + 1] === APP1 && String.fromCharCode(...bytes.subarray(content, content + 4)) === 'Exif') {
      return end <= bytes.length ? bytes.subarray(content, end) : undefined;
    }
    at = end;
  }
  return undefined;
}

function isPhotograph(focalLength: number, size: Size): boolean {
  try {
    intrinsicsFromFocalLength(focalLength, size);
    return true;
  } catch {
    return false;
  }
}

/** A turned photo may be stored either way. */
function isSameShape(width: number, height: number, otherWidth: number, otherHeight: number): boolean {
  const shape = (a: number, b: number) => Math.max(a, b) / Math.min(a, b);
  return Math.abs(shape(width, height) / shape(otherWidth, otherHeight) - 1) < 0.01;
}
