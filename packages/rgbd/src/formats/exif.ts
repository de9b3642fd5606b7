import { type ExifFocalLength, exifFocalLength } from '@llm-mde/depth-maps';
import { loadSharp } from '../optional-packages.js';

/**
 * The focal length that a photograph's EXIF data state; see `exifFocalLength` of `@llm-mde/depth-maps`.
 *
 * @param content the file's bytes, or its path, of which then only the head is read: JPEG, PNG, WebP, TIFF, whatever sharp reads.
 * @throws Error if it is no image.
 */
export async function readExifFocalLength(content: Uint8Array | string): Promise<ExifFocalLength> {
  const sharp = await loadSharp();
  const { exif, width, height } = await sharp(content).metadata();
  return exifFocalLength(exif, { width, height });
}
