import type { Sharp } from 'sharp';
import { badFile, DatasetError } from '../errors.js';
import { loadSharp } from '../optional-packages.js';
import type { DepthMap, RgbImage } from '../types.js';
import { PIXEL_LIMIT } from './pixel-limit.js';

/**
 * Decodes a photograph (JPEG, PNG, WebP, TIFF: whatever sharp reads) to red, green and blue. Alpha is dropped; gray becomes color;
 * an orientation tag is not applied, for the depth map beside it has none.
 *
 * @param content the file's bytes.
 * @throws DatasetError if it can't be decoded to its end.
 */
export async function decodeImage(content: Uint8Array, file: string): Promise<RgbImage> {
  const { data, info } = await decode(content, file, (image) => image.toColorspace('srgb').removeAlpha().raw());
  if (info.channels !== 3) throw new DatasetError(`It decodes to ${info.channels} channels, not to color.`, { file });
  return {
    data: Uint8Array.from(data),
    width: info.width,
    height: info.height,
    channels: 3,
  };
}

export interface DepthPngOptions {
  /** Metres that a value of 1 stands for. @default 0.001, as in the BTS lists, whose depths are in millimetres */
  scale?: number;
  /** The same for an 8-bit image. @default 8-bit images are rejected */
  scaleOf8Bits?: number;
  /** `sun-rgbd`: SUN RGB-D stores each value with its bits rotated left by three. @default 'plain' */
  encoding?: DepthEncoding;
  /**
   * Stored values of 16 bits that mean missing depth, besides 0.
   * @default 65535: sensors store it for "nothing measured" (7-Scenes), and no depth can be read from what is cut off there
   */
  invalid?: readonly number[];
}

export type DepthEncoding = 'plain' | 'sun-rgbd';

/** The millimetres that a 16-bit value of SUN RGB-D stands for, which has their bits rotated left by three. */
export function fromSunRgbd(value: number): number {
  return ((value >> 3) | (value << 13)) & 0xffff;
}

/**
 * Decodes a 16-bit gray PNG of depths.
 *
 * @throws DatasetError if it is not a gray image with 16 bits, or can't be decoded to its end.
 */
export async function decodeDepthPng(
  content: Uint8Array,
  file: string,
  { scaleOf8Bits, ...options }: DepthPngOptions = {},
): Promise<DepthMap> {
  let isNarrow = false;
  const { data, info } = await decode(content, file, async (image) => {
    const { format, depth, channels } = await image.metadata();
    isNarrow = depth === 'uchar' && format === 'png';
    if ((depth !== 'ushort' && !(isNarrow && scaleOf8Bits !== undefined)) || channels !== 1) {
      const unit = isNarrow && channels === 1 ? ' If its 8 bits are depth, set metresPerUnit.' : '';
      throw new DatasetError(
        `Depth must be a gray PNG with 16 bits, but this is ${format ?? 'an image'} with ${channels} ${channels === 1 ? 'channel' : 'channels'} of ${depth === 'ushort' ? 16 : 8} bits.${unit}`,
        { file },
      );
    }
    return image.toColorspace('grey16').raw({ depth: 'ushort' });
  });
  const stored = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  // Of 8 bits 255 has become 65535.
  const { width, height } = info;
  return isNarrow
    ? {
        width,
        height,
        data: metresOf(
          stored.map((value) => value / 257),
          { ...options, scale: scaleOf8Bits, invalid: options.invalid ?? [] },
        ),
      }
    : { width, height, data: metresOf(stored, options) };
}

/** Stored values as metres, 0 where depth is missing. */
export function metresOf(
  stored: Uint16Array,
  { scale = 0.001, encoding = 'plain', invalid = [LARGEST] }: Omit<DepthPngOptions, 'scaleOf8Bits'> = {},
): Float32Array {
  const values = encoding === 'plain' ? stored : stored.map(fromSunRgbd);
  const missing = new Set(invalid);
  // Divided, where that is what the metres are defined by: 1234 * 0.001 is not the float32 nearest to 1.234 in every case.
  const divisor = Math.round(1 / scale);
  const exact = Math.abs(1 / scale - divisor) < 1e-9 * divisor;
  return Float32Array.from(values, (value, pixel) =>
    missing.has(stored[pixel]!) ? 0 : exact ? value / divisor : value * scale,
  );
}

const LARGEST = 65535;

async function decode(content: Uint8Array, file: string, prepare: (image: Sharp) => Sharp | Promise<Sharp>) {
  if (content.length === 0) throw new DatasetError('The file is empty.', { file });
  const sharp = await loadSharp();
  try {
    const image = sharp(content, { failOn: 'warning', limitInputPixels: PIXEL_LIMIT });
    return await (await prepare(image)).toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw badFile(error, file);
  }
}
