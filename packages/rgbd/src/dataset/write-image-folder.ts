import { join, posix } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import {
  encodeDepthPng,
  encodeNpy,
  encodePng,
  focalLengthFrom35mm,
  type Intrinsics,
  intrinsicsFromFocalLength,
} from '@llm-mde/depth-maps';
import { checkedName } from '../formats/member-name.js';
import { loadSharp } from '../optional-packages.js';
import { depthSizeOf } from '../transforms/resize.js';
import type { Frame, RgbImage } from '../types.js';

/** Metres that 16 bits of millimetres reach; the largest value means missing depth. */
const FARTHEST_OF_PNG = 65.534;

/**
 * Writes frames as a folder of images and depth maps: `images/<id>.png` and `depth/<id>.png` in millimetres, or `depth/<id>.npy` in metres
 * where a depth is beyond 65.534 m. A camera whose focal length is a whole number of millimetres, as its equivalent on 35-mm film, and whose axis
 * goes through the middle of the picture is stated in the image's EXIF data; others are not kept. An id that does not end in a folder of its scene's name and a file gets that folder.
 *
 * @param frames their ids and scenes must be names of files and folders.
 * @returns the number of frames written.
 * @throws RangeError if an id leads out of the folder, or two frames have the same name; what was written before stays.
 */
export async function writeImageFolder(
  folder: string,
  frames: Iterable<Omit<Frame, 'valid'>> | AsyncIterable<Omit<Frame, 'valid'>>,
): Promise<number> {
  const written = new Map<string, string>();
  for await (const frame of frames) {
    const { id, scene, image, depth, intrinsics } = frame;
    const name = checkedName(posix.join(inFolder(id, scene), posix.basename(id)));
    const other = written.get(name);
    if (other !== undefined) throw new RangeError(`The frames ${other} and ${id} would both be written to ${name}.`);
    written.set(name, id);
    const isFar = depth.some((metres) => metres > FARTHEST_OF_PNG && metres < Number.POSITIVE_INFINITY);
    const size = depthSizeOf(frame);
    const map = isFar ? encodeNpy(depth, size) : encodeDepthPng(depth, size);
    await replaceFile(join(folder, 'images', `${name}.png`), await encodeImage(image, intrinsics));
    await replaceFile(join(folder, 'depth', `${name}.${isFar ? 'npy' : 'png'}`), map);
  }
  return written.size;
}

async function encodeImage({ data, width, height }: RgbImage, camera?: Intrinsics): Promise<Uint8Array> {
  const size = { width, height };
  const millimetres = camera ? Math.round(camera.fx / focalLengthFrom35mm(1, size)) : 0;
  if (!camera || millimetres === 0) return encodePng(data, size);
  const { fx, cx, cy } = intrinsicsFromFocalLength(focalLengthFrom35mm(millimetres, size), size);
  const errors = [fx - camera.fx, fx - camera.fy, cx - camera.cx, cy - camera.cy];
  if (errors.some((error) => Math.abs(error) > 1e-3)) return encodePng(data, size);
  const sharp = await loadSharp();
  const exif = { IFD2: { FocalLengthIn35mmFilm: String(millimetres) } };
  return sharp(data, { raw: { ...size, channels: 3 } })
    .withExif(exif)
    .png()
    .toBuffer();
}

/** A frame's scene is the folder that it lies in. */
function inFolder(id: string, scene: string): string {
  const folder = posix.dirname(id);
  return posix.basename(folder) === scene ? folder : posix.join(folder, scene);
}
