import { DatasetError } from '../errors.js';

/** Far above any camera's; no memory is allocated for a larger image. */
export const PIXEL_LIMIT = 100_000_000;

/** @throws DatasetError if no image has the size that a header states. */
export function checkPixels(width: number, height: number, file: string): void {
  if (!(width >= 1 && height >= 1 && width * height <= PIXEL_LIMIT))
    throw new DatasetError(`Its header names ${width} by ${height} pixels, which is impossible.`, { file });
}
