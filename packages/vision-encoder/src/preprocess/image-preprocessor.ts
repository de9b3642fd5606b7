import {
  type ImagePreprocessorConfiguration,
  type PreprocessorSize,
  readPreprocessorConfiguration,
} from './preprocessor-configuration.js';
import { type RawImage, toRgb } from './raw-image.js';
import { resizeImage } from './resize-image.js';

/** Images as a vision encoder reads them. */
export interface PixelValues {
  /** Row-major, `B · H · W · 3` values. */
  data: Float32Array;
  /** `[B,H,W,3]`: images, rows, columns, and red, green and blue. */
  shape: [batch: number, height: number, width: number, channels: 3];
}

/**
 * Turns images into the pixels that a vision encoder was trained on: to RGB, resize, center crop, rescale, normalize. Every number
 * comes out as from Hugging Face's `ViTImageProcessor` and `BitImageProcessor` with PIL.
 *
 * It computes on typed arrays alone, so that it runs anywhere; `@llm-mde/vision-encoder/decode-image` makes images of files.
 *
 * @example
 * const preprocessor = ImagePreprocessor.fromConfig(JSON.parse(await readFile('preprocessor_config.json', 'utf8')));
 * const { data, shape } = preprocessor.preprocess(await decodeImage('room.jpg'));
 * const { patches } = encoder.forward(tf.tensor4d(data, shape));
 */
export class ImagePreprocessor {
  constructor(readonly configuration: Readonly<ImagePreprocessorConfiguration>) {}

  /**
   * @param json The parsed `preprocessor_config.json` of a checkpoint (see `readPreprocessorConfiguration`).
   * @param source Its name, for messages. @default 'preprocessor_config.json'
   * @throws if it asks for something that is not supported here.
   */
  static fromConfig(json: unknown, source?: string): ImagePreprocessor {
    return new ImagePreprocessor(readPreprocessorConfiguration(json, source));
  }

  /**
   * @param images One image or several, of any sizes and channel counts.
   * @param overrides Replace parts of the configuration for this call, for example `{ size: { height: 384, width: 384 } }`.
   * @returns new pixels; a single image is a batch of one.
   * @throws if there is no image, an image is malformed, or the images do not end up equally large.
   */
  preprocess(
    images: RawImage | readonly RawImage[],
    overrides: Partial<ImagePreprocessorConfiguration> = {},
  ): PixelValues {
    const configuration = { ...this.configuration, ...overrides };
    const list = Array.isArray(images) ? (images as readonly RawImage[]) : [images as RawImage];
    if (list.length === 0) throw new Error('There is no image to preprocess: the list is empty.');
    const table = valueTable(configuration);
    let pixels: PixelValues | undefined;
    for (const [index, original] of list.entries()) {
      const image = fit(toRgb(original), configuration);
      pixels ??= {
        data: new Float32Array(list.length * image.data.length),
        shape: [list.length, image.height, image.width, 3],
      };
      const [, height, width] = pixels.shape;
      if (image.height !== height || image.width !== width) {
        throw new Error(
          `Image ${index} of the batch comes out as ${image.width}×${image.height} pixels, image 0 as ${width}×${height}; ` +
            'a batch needs one size: preprocess them one by one, or set a fixed size or a center crop.',
        );
      }
      writeValues(image.data, table, pixels.data, index * image.data.length);
    }
    return pixels!;
  }
}

/** The steps that work on 8-bit pixels. */
function fit(rgb: RawImage, configuration: ImagePreprocessorConfiguration): RawImage {
  const { doResize, size, resample, doCenterCrop, cropSize } = configuration;
  const resized = doResize ? resizeImage(rgb, { ...outputSize(rgb, size), resample }) : rgb;
  if (!doCenterCrop) return resized;
  if (!cropSize) throw new Error('A center crop needs a cropSize, { height, width }.');
  return centerCrop(resized, cropSize);
}

/** The largest image that an elongated one may become, in pixels: far more than an encoder reads, and few enough to allocate. */
const PIXEL_LIMIT = 2 ** 28;

function outputSize(image: RawImage, size: PreprocessorSize): { height: number; width: number } {
  const output = 'shortestEdge' in size ? scaledSize(image, size) : { height: size.height, width: size.width };
  if (output.height * output.width > PIXEL_LIMIT) {
    throw new Error(
      `An image of ${image.width}×${image.height} pixels would become one of ${output.width}×${output.height}, ` +
        'which is too large: crop it first.',
    );
  }
  return output;
}

/** Keeps the aspect ratio. Lengths are rounded down, and at the limit of the longer edge half to even first, as the reference does. */
function scaledSize(
  { height, width }: RawImage,
  { shortestEdge, longestEdge }: { shortestEdge: number; longestEdge?: number },
): { height: number; width: number } {
  const shorter = Math.min(height, width);
  const longer = Math.max(height, width);
  let newShorter = shortestEdge;
  let newLonger = Math.trunc((shortestEdge * longer) / shorter);
  if (longestEdge !== undefined && (longer / shorter) * shortestEdge > longestEdge) {
    const limited = (longestEdge * shorter) / longer;
    newShorter = roundHalfToEven(limited);
    newLonger = newShorter === shorter ? longer : Math.trunc((limited * longer) / shorter);
  }
  return width <= height ? { height: newLonger, width: newShorter } : { height: newShorter, width: newLonger };
}

function roundHalfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

/** An image smaller than the crop gets black around it. */
function centerCrop(image: RawImage, { height, width }: { height: number; width: number }): RawImage {
  const { data, channels } = image;
  const top = Math.floor((image.height - height) / 2);
  const left = Math.floor((image.width - width) / 2);
  const cropped = new Uint8Array(height * width * channels);
  const firstColumn = Math.max(left, 0);
  const lastColumn = Math.min(left + width, image.width);
  for (let y = Math.max(top, 0); y < Math.min(top + height, image.height); y++) {
    const row = data.subarray((y * image.width + firstColumn) * channels, (y * image.width + lastColumn) * channels);
    cropped.set(row, ((y - top) * width + firstColumn - left) * channels);
  }
  return { data: cropped, width, height, channels };
}

/** What each of the 256 levels becomes in each channel, 256 · 3 values, with float32's rounding after every step as in NumPy. */
function valueTable(configuration: ImagePreprocessorConfiguration): Float32Array {
  const { doRescale, rescaleFactor, doNormalize, imageMean, imageStd } = configuration;
  const table = new Float32Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = Math.fround(doRescale ? level * rescaleFactor : level);
      const centered = Math.fround(value - Math.fround(imageMean[channel]!));
      table[level * 3 + channel] = doNormalize ? centered / Math.fround(imageStd[channel]!) : value;
    }
  }
  return table;
}

function writeValues(levels: RawImage['data'], table: Float32Array, output: Float32Array, offset: number): void {
  for (let index = 0; index < levels.length; index += 3) {
    output[offset + index] = table[levels[index]! * 3]!;
    output[offset + index + 1] = table[levels[index + 1]! * 3 + 1]!;
    output[offset + index + 2] = table[levels[index + 2]! * 3 + 2]!;
  }
}
