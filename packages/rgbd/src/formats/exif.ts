import { focalLengthFrom35mm, intrinsicsFromFocalLength } from '@llm-mde/depth-maps';
import exifReader from 'exif-reader';

/** What a photograph's file says about its focal length. */
export interface ExifFocalLength {
  /** In pixels of the image as it is stored. Undefined if nothing is stated, or nothing that can be believed. */
  focalLength?: number;
  /** What is wrong with what is stated, as one or two sentences. */
  problem?: string;
}

/**
 * The focal length that a photograph's EXIF data state as FocalLengthIn35mmFilm. Equivalent means the same angle across the diagonal (CIPA DCG-001):
 * 26 mm of a picture of 4032 by 3024 are 26 / 43.27 of its diagonal, 3029 pixels.
 *
 * @param content the file's bytes, or its path, of which then only the head is read: JPEG, PNG, WebP, TIFF, whatever sharp reads.
 * @throws Error if it is no image.
 */
export async function readExifFocalLength(content: Uint8Array | string): Promise<ExifFocalLength> {
  const { default: sharp } = await import('sharp');
  const { exif, width, height } = await sharp(content).metadata();
  if (!exif) return {};
  try {
    const { FocalLengthIn35mmFilm: millimetres, PixelXDimension, PixelYDimension } = exifReader(exif).Photo ?? {};
    if (millimetres === undefined) return {};
    if (PixelXDimension && PixelYDimension && !isSameShape(width, height, PixelXDimension, PixelYDimension)) {
      throw new RangeError(`The photo had ${PixelXDimension} by ${PixelYDimension} pixels, and was cropped since.`);
    }
    if (millimetres === 0) throw new RangeError('It is 0, which means unknown.');
    const focalLength = focalLengthFrom35mm(millimetres, { width, height });
    if (!isPhotograph(focalLength, { width, height })) {
      throw new RangeError(`It is ${millimetres} mm on 35-mm film, which no camera for photographs has.`);
    }
    return { focalLength };
  } catch (error) {
    return { problem: `The focal length in its EXIF data is not used. ${(error as Error).message}` };
  }
}

function isPhotograph(focalLength: number, size: { width: number; height: number }): boolean {
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
