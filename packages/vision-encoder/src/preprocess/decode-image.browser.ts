import { type DecodedPhoto, fetchContent, type ImageFile, type PageImage } from './image-source.js';
import type { RawImage } from './raw-image.js';

/**
 * Decodes an image file of any format that the browser reads, or takes what a page shows. The image is turned as its EXIF orientation says; color profiles are
 * ignored. In Chromium every value is the same as in Node.
 *
 * Colors under transparency are only exact with WebGL 2: without it those under low alpha lose precision, and those under none become
 * black.
 *
 * @param source The address of the image, relative to the page, the content of the file, an element or canvas of the page, or a frame of a video.
 * @returns always four channels, RGBA.
 * @throws if the file does not load, is broken or of an unknown format, or an element shows an image of another site.
 */
export async function decodeImage(source: ImageFile | PageImage): Promise<RawImage> {
  return (await decodePhoto(source)).image;
}

/** The same, with the file's bytes, where it was one: a browser does not give its EXIF data. */
export async function decodePhoto(source: ImageFile | PageImage): Promise<DecodedPhoto> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  try {
    const file = await contentOf(source);
    // An element may be loading still.
    if (!file) await (source as { decode?: () => Promise<void> }).decode?.();
    const bitmap = await createImageBitmap(file ? new Blob([file]) : (source as PageImage), {
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
    });
    try {
      return { image: readPixels(bitmap), exif: undefined, file };
    } finally {
      bitmap.close();
    }
  } catch (error) {
    throw new Error(`Cannot decode ${isAddress ? source : 'the image'}: ${(error as Error).message}`, { cause: error });
  }
}

/** Of a file; undefined for what a page shows. */
async function contentOf(source: ImageFile | PageImage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (typeof source === 'string' || source instanceof URL) return fetchContent(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return new Uint8Array(source);
  return undefined;
}

function readPixels(bitmap: ImageBitmap): RawImage {
  const { width, height } = bitmap;
  const onCanvas = readCanvas(bitmap);
  const opaque = onCanvas.every((value, index) => index % 4 !== 3 || value === 255);
  const data = opaque ? onCanvas : (readTexture(bitmap) ?? onCanvas);
  return { data, width, height, channels: 4 };
}

/** Exact where alpha is 255: a 2D canvas keeps colors multiplied with alpha. */
function readCanvas(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap;
  // Without willReadFrequently the canvas may lie on a GPU, which has to hand the pixels back.
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser offers no 2D canvas');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

/** Exact for every alpha. Returns nothing where the browser has no WebGL 2 or the image is larger than its textures may be. */
function readTexture(bitmap: ImageBitmap): Uint8Array | undefined {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return undefined;
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const data = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
  const read = gl.getError() === gl.NO_ERROR;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return read ? data : undefined;
}
