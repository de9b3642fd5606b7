import { loadSharp } from '../optional-packages.js';
import { type Random, seededRandom } from '../random.js';
import type { RgbImage } from '../types.js';

/** How an image is varied as cameras and light vary it. Each limit is the greatest; each image draws its own values up to it. */
export interface PhotometricOptions {
  /** How likely an image is varied at all. @default 0.9 */
  probability?: number;
  /** Stops of light more or less; 1 is twice the light. @default 1 */
  exposure?: number;
  /** Stops that red and blue each gain or lose against green: a wrong white balance or colored light. @default 0.4 */
  whiteBalance?: number;
  /** Contrast about the image's mean, up to e to the power of this more or less. @default 0.3 */
  contrast?: number;
  /** Saturation, from 1 − this to 1 + this; 1 reaches gray. @default 0.6 */
  saturation?: number;
  /** Standard deviation of a sensor's noise, in values from 0 to 255. @default 10 */
  noise?: number;
  /** Standard deviation of a blur, as a fraction of the longer side: 0.002 of 640 pixels are 1.3 pixels. @default 0.002 */
  blur?: number;
  /** The lowest JPEG quality, 1 to 100; 100 leaves JPEG out. @default 40 */
  jpegQuality?: number;
}

const DEFAULTS: Required<PhotometricOptions> = {
  probability: 0.9,
  exposure: 1,
  whiteBalance: 0.4,
  contrast: 0.3,
  saturation: 0.6,
  noise: 10,
  blur: 0.002,
  jpegQuality: 40,
};

/**
 * Varies the colors of an image strongly, so that a model trained on rendered images or on one camera sees others too: exposure, white balance,
 * contrast and saturation, then blur, noise and JPEG compression, in the order in which a camera makes them. Geometry stays.
 *
 * @param random where the chances come from; the same numbers give the same image.
 * @returns a new image; the given one is not changed.
 * @throws RangeError if an option is out of range.
 */
export async function varyPhotometrically(
  image: RgbImage,
  options: PhotometricOptions,
  random: Random,
): Promise<RgbImage> {
  const limits = checked({ ...DEFAULTS, ...options });
  const [chance, exposure, red, blue, blur, noise, quality, contrast, saturation] = Array.from(
    { length: 9 },
    random,
  ) as Chances;
  if (chance >= limits.probability) return { ...image, data: image.data.slice() };
  const stops = (share: number, most: number) => (2 * share - 1) * most;
  const light = stops(exposure, limits.exposure);
  const gains = [light + stops(red, limits.whiteBalance), light, light + stops(blue, limits.whiteBalance)];
  const sharp = await loadSharp();
  const { width, height, channels } = image;
  const raw = { raw: { width, height, channels } };
  let data = changeLight(image.data, gains);
  changeContrast(data, Math.exp(stops(contrast, limits.contrast)), 1 + stops(saturation, limits.saturation));
  const sigma = blur * limits.blur * Math.max(width, height);
  if (sigma >= LEAST_BLUR) data = new Uint8Array(await sharp(data, raw).blur(sigma).raw().toBuffer());
  if (limits.noise > 0) addNoise(data, noise * limits.noise, random);
  if (limits.jpegQuality < 100) {
    const jpeg = sharp(data, raw).jpeg({
      quality: Math.round(limits.jpegQuality + quality * (100 - limits.jpegQuality)),
    });
    data = new Uint8Array(
      await sharp(await jpeg.toBuffer())
        .raw()
        .toBuffer(),
    );
  }
  return { ...image, data };
}

type Chances = [number, number, number, number, number, number, number, number, number];

/** Pixels; sharp takes no less. */
const LEAST_BLUR = 0.3;

/** From light to the values of a file, roughly. */
const GAMMA = 2.2;

/** More light by stops for each channel; what is too bright becomes white. */
function changeLight(data: Uint8Array, stops: readonly number[]): Uint8Array {
  const result = new Uint8Array(data.length);
  for (const [channel, stop] of stops.entries()) {
    const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => value * 2 ** (stop / GAMMA));
    for (let index = channel; index < data.length; index += 3) result[index] = table[data[index]!]!;
  }
  return result;
}

/** Values about the image's mean times `contrast`, and those of each pixel about its own mean times `saturation` besides; in place. */
function changeContrast(data: Uint8Array, contrast: number, saturation: number): void {
  if (contrast === 1 && saturation === 1) return;
  const middle = data.reduce((sum, value) => sum + value, 0) / Math.max(data.length, 1);
  for (let pixel = 0; pixel < data.length; pixel += 3) {
    const gray = (data[pixel]! + data[pixel + 1]! + data[pixel + 2]!) / 3;
    const level = middle + contrast * (gray - middle);
    for (let at = pixel; at < pixel + 3; at++) {
      const value = level + contrast * saturation * (data[at]! - gray);
      data[at] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
}

function addNoise(data: Uint8Array, deviation: number, random: Random): void {
  for (let index = 0; index < data.length; index++) {
    const value = data[index]! + deviation * NORMAL[(random() * NORMAL.length) | 0]!;
    data[index] = Math.min(255, Math.max(0, Math.round(value)));
  }
}

/** Numbers of the normal distribution (Box and Muller), to choose from: a logarithm for each of a million values would take longer than reading the frame. */
const NORMAL = normalNumbers(4096, seededRandom('normal numbers'));

function normalNumbers(count: number, random: Random): Float64Array {
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

function checked(options: Required<PhotometricOptions>): Required<PhotometricOptions> {
  const { probability, jpegQuality, ...others } = options;
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability must be from 0 to 1, got ${probability}.`);
  if (!(jpegQuality >= 1 && jpegQuality <= 100))
    throw new RangeError(`jpegQuality must be from 1 to 100, got ${jpegQuality}.`);
  for (const [name, value] of Object.entries(others)) {
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name} must be a number from 0, got ${value}.`);
  }
  return options;
}
