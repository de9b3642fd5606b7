import { exifFocalLength, exifOfJpeg, fieldOfViewOf } from '@llm-mde/depth-maps';

/** Photos are scaled down to this size of the longer side, in pixels. */
const LARGEST_SIDE = 1280;

export interface Photo {
  name: string;
  /** The file to send: the original one if it is small enough. */
  file: Blob;
  /** Its object URL, to be revoked. */
  url: string;
  width: number;
  height: number;
  /** Of the file that was opened, upright. */
  fileSize: { width: number; height: number };
  /** Across the longer side, in degrees, if its EXIF data state the camera's focal length. */
  fieldOfView: number | undefined;
  /** RGB interleaved, `width * height * 3` bytes. */
  colors: Uint8Array;
}

/** @throws Error if the browser cannot open the image. */
export async function openPhoto(source: Blob, name: string): Promise<Photo> {
  const bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' }).catch(() => {
    throw new Error(`${name} cannot be opened as an image: try a JPEG, PNG, WebP or AVIF file.`);
  });
  const fieldOfView = await statedFieldOfView(source, bitmap);
  const fileSize = { width: bitmap.width, height: bitmap.height };
  const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const file = scale === 1 ? source : await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
  return {
    name,
    file,
    url: URL.createObjectURL(file),
    width,
    height,
    fileSize,
    fieldOfView,
    colors: withoutAlpha(context.getImageData(0, 0, width, height).data),
  };
}

/** What photos of one camera have in common, as far as one can tell: size and focal length. */
export function cameraOf({ fileSize: { width, height }, fieldOfView }: Photo): string {
  return [Math.max(width, height), Math.min(width, height), fieldOfView?.toFixed(1)].join(' ');
}

/** EXIF data lie at the beginning of a file. */
const HEAD_BYTES = 256 * 1024;

async function statedFieldOfView(source: Blob, { width, height }: ImageBitmap): Promise<number | undefined> {
  const exif = exifOfJpeg(new Uint8Array(await source.slice(0, HEAD_BYTES).arrayBuffer()));
  const { focalLength } = await exifFocalLength(exif, { width, height });
  return focalLength && fieldOfViewOf(focalLength, { width, height });
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]!;
    rgb[to++] = rgba[from + 1]!;
    rgb[to++] = rgba[from + 2]!;
  }
  return rgb;
}
