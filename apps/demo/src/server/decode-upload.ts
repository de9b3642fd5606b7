import type { RawImage } from '@llm-mde/vision-encoder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import { fileTypeFromBuffer } from 'file-type';
import sharp from 'sharp';
import type { Limits } from './limits.js';
import { Refusal } from './refusal.js';

/** By what the file itself says; what a client calls it counts for nothing. */
const ACCEPTED = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];

export interface ImageHeader {
  width: number;
  height: number;
}

/**
 * Looks at the header of an uploaded file. No pixel is decoded, and only the four accepted formats reach the decoder at all.
 *
 * @throws {Refusal} if it is empty, of another format, animated, broken, or larger than the limit.
 */
export async function readHeader(bytes: Uint8Array, { pixels: limit }: Pick<Limits, 'pixels'>): Promise<ImageHeader> {
  if (bytes.length === 0)
    throw new Refusal(400, 'The image is empty: send the bytes of a JPEG, PNG, WebP or AVIF file.');
  const type = (await fileTypeFromBuffer(bytes).catch(() => undefined))?.mime;
  if (type === 'image/apng') throw animated();
  if (!type || !ACCEPTED.includes(type)) {
    throw new Refusal(415, `This is ${type ?? 'no image that is known here'}: send a JPEG, PNG, WebP or AVIF file.`);
  }
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: Error) => {
      throw new Refusal(422, `The image cannot be decoded: ${firstLine(error)}.`);
    });
  const { width, height, pages = 1 } = header;
  if (pages > 1) throw animated();
  if (width * height > limit) {
    throw new Refusal(
      413,
      `The image has ${width} × ${height} pixels, ${megapixels(width * height)} megapixels, and ${megapixels(limit)} are allowed: scale it down first.`,
    );
  }
  return { width, height };
}

/** Decodes an uploaded file whose header was looked at. @throws {Refusal} if it is broken. */
export async function decodeUpload(bytes: Uint8Array): Promise<RawImage> {
  try {
    return await decodeImage(bytes);
  } catch (error) {
    throw new Refusal(422, `${firstLine(error as Error)}.`);
  }
}

function animated(): Refusal {
  return new Refusal(422, 'The image is animated or has several pages: send one frame of it.');
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0]!.replace(/[.\s]+$/, '');
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1);
}
