import { fileURLToPath } from 'node:url';
import type { Sharp, SharpInput } from 'sharp';
import { type DecodedPhoto, fetchContent, type ImageFile, type PageImage } from './image-source.js';
import type { RawImage } from './raw-image.js';

export type { DecodedPhoto, ImageFile, PageImage };

/**
 * Decodes an image file (JPEG, PNG, WebP, GIF, TIFF, AVIF and what else sharp reads; of an animation the first frame) in Node, with
 * the package sharp, which has to be installed beside this one.
 *
 * The image is turned as its EXIF orientation says. Color profiles are ignored, as by PIL, whose `exif_transpose(Image.open(…))`
 * gives the same values. 16-bit images keep the upper 8 bits of each value (where PIL clips grayscale to white), CMYK becomes RGB by
 * PIL's formula. The colors of an AVIF with 4:2:0 are upsampled by libheif, in PIL by libavif: at colored edges the values differ, in photographs
 * by more than 8 of 255 in under 1 % of the pixels.
 *
 * In a browser the same import has the same function without sharp; see decode-image.browser.ts for what differs.
 *
 * @param source The path or the address of the image, or the content of the file. Text is an address if it begins with its protocol.
 * @throws if sharp is not installed, or the file is missing, broken or of an unknown format.
 */
export async function decodeImage(source: ImageFile | PageImage): Promise<RawImage> {
  return (await decodePhoto(source)).image;
}

/** The same, with the EXIF data of the file. */
export async function decodePhoto(source: ImageFile | PageImage): Promise<DecodedPhoto> {
  const sharp = await loadSharp();
  const isFile = typeof source === 'string' || source instanceof URL;
  try {
    const input = await sharpInput(source);
    const { space, exif } = await sharp(input).metadata();
    const picture = sharp(input, { ignoreIcc: true }).autoOrient();
    const image = space === 'cmyk' ? cmykToRgb(await readPixels(keepCmyk(picture))) : await readPixels(picture);
    return { image, exif, file: undefined };
  } catch (error) {
    const reason = (error as Error).message.replace(
      /unsupported image format$/,
      '$&; expected JPEG, PNG, WebP, AVIF, GIF or TIFF',
    );
    throw new Error(`Cannot decode ${isFile ? source : 'the image'}: ${reason}`, { cause: error });
  }
}

async function loadSharp(): Promise<typeof import('sharp')['default']> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    throw new Error(
      `Decoding images needs the package sharp, which did not load; \`npm install sharp\` installs it. ${(error as Error).message}`,
      { cause: error },
    );
  }
}

async function sharpInput(source: ImageFile | PageImage): Promise<SharpInput> {
  if (typeof source === 'string' || source instanceof URL) {
    if (/^(?:https?|data):/.test(String(source))) return fetchContent(source);
    return /^file:/.test(String(source)) ? fileURLToPath(source) : String(source);
  }
  if (source instanceof Blob) return source.arrayBuffer();
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return source;
  throw new Error('expected a path, an address, or the content of a file');
}

async function readPixels(image: Sharp): Promise<RawImage> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels as RawImage['channels'] };
}

/** Or sharp would convert through a color profile of its own. */
function keepCmyk(image: Sharp): Sharp {
  return image.pipelineColorspace('cmyk').toColorspace('cmyk');
}

function cmykToRgb({ data: cmyk, width, height }: RawImage): RawImage {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    const white = 255 - cmyk[from + 3]!;
    for (let ink = from; ink < from + 3; ink++) rgb[to++] = Math.round(((255 - cmyk[ink]!) * white) / 255);
  }
  return { data: rgb, width, height, channels: 3 };
}
