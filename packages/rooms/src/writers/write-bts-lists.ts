import { join } from 'node:path';
import sharp from 'sharp';
import { NYU_COLOR_CAMERA } from '../geometry/camera.js';
import { type Frames, millimetres } from './frames.js';
import { writeFileSafely } from './safe-write.js';

export interface SyncFolderOptions {
  /**
   * - `train`: a folder for each scene; the list's paths begin with a slash.
   * - `test`: a folder for each scene type; they do not.
   */
  part: 'train' | 'test';
  /** The list's path. @default `nyudepthv2_<part>_files_with_gt.txt` in the folder */
  list?: string;
  /** Which depth: as the sensor sees it, with holes, which is what is published, or exact. @default 'raw' */
  depth?: 'raw' | 'exact';
  /** JPEG quality. @default 95 */
  quality?: number;
}

/**
 * Writes frames in the layout that BTS and AdaBins train on: `rgb_00000.jpg` beside `sync_depth_00000.png` (16 bits, millimetres, 0 is a hole),
 * and a list with a line for each frame, `<image> <depth> <focal length>`, the last one without a line break.
 *
 * @returns the list's path.
 */
export async function writeBtsLists(
  folder: string,
  frames: Frames,
  { part, list = join(folder, `nyudepthv2_${part}_files_with_gt.txt`), depth = 'raw', quality = 95 }: SyncFolderOptions,
): Promise<string> {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  for await (const frame of frames) {
    const place = part === 'train' ? frame.scene : frame.sceneType;
    const number = counts.get(place) ?? 0;
    counts.set(place, number + 1);
    const { data, width, height, channels } = frame.image;
    const digits = String(number).padStart(5, '0');
    const rgb = `${place}/rgb_${digits}.jpg`;
    const sync = `${place}/sync_depth_${digits}.png`;
    const jpeg = sharp(data, { raw: { width, height, channels } }).jpeg({ quality, chromaSubsampling: '4:4:4' });
    writeFileSafely(join(folder, rgb), await jpeg.toBuffer());
    const values = millimetres(depth === 'raw' ? frame.rawDepth : frame.depth);
    const png = sharp(values, { raw: { width, height, channels: 1 } })
      .toColorspace('grey16')
      .png();
    writeFileSafely(join(folder, sync), await png.toBuffer());
    const slash = part === 'train' ? '/' : '';
    const focal = (NYU_COLOR_CAMERA.fx * width) / 640;
    lines.push(`${slash}${rgb} ${slash}${sync} ${focal.toFixed(4)}`);
  }
  if (lines.length === 0) throw new RangeError(`There are no frames to write to ${folder}.`);
  writeFileSafely(list, lines.join('\n'));
  return list;
}
