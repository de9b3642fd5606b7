import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { depthToMillimetres, KINECT } from '@llm-mde/depth-maps';
import { checkedName, loadSharp } from '@llm-mde/rgbd/formats';
import type { WritableFrames } from './writable-frame.js';

export interface WriteBtsListsOptions {
  /**
   * - `train`: a folder for each scene; the list's paths begin with a slash.
   * - `test`: a folder for each scene type; they do not.
   */
  split: 'train' | 'test';
  /** The list's path. @default `nyudepthv2_<split>_files_with_gt.txt` in the folder */
  list?: string;
  /** Depth as the sensor measures it, which is what is published, or exact. @default 'raw' */
  depth?: 'raw' | 'exact';
  /** JPEG quality. @default 95 */
  quality?: number;
}

/**
 * Writes frames in the layout that BTS and AdaBins train on: `rgb_00000.jpg` beside `sync_depth_00000.png` (16 bits, millimetres cut off to integers as NYU's own scripts do, 0 where depth is missing),
 * and a list with a line for each frame, `<image> <depth> <focal length>`, the last one without a line break.
 *
 * @returns the list's path.
 */
export async function writeBtsLists(
  folder: string,
  frames: WritableFrames,
  {
    split,
    list = join(folder, `nyudepthv2_${split}_files_with_gt.txt`),
    depth = 'raw',
    quality = 95,
  }: WriteBtsListsOptions,
): Promise<string> {
  const sharp = await loadSharp();
  const counts = new Map<string, number>();
  const lines: string[] = [];
  for await (const frame of frames) {
    const place = checkedName(split === 'train' ? frame.scene : frame.sceneType);
    const number = counts.get(place) ?? 0;
    counts.set(place, number + 1);
    const { data, width, height, channels } = frame.image;
    const digits = String(number).padStart(5, '0');
    const rgb = `${place}/rgb_${digits}.jpg`;
    const sync = `${place}/sync_depth_${digits}.png`;
    const jpeg = sharp(data, { raw: { width, height, channels } }).jpeg({ quality, chromaSubsampling: '4:4:4' });
    await replaceFile(join(folder, rgb), await jpeg.toBuffer());
    const values = depthToMillimetres(depth === 'raw' ? frame.rawDepth : frame.depth, 'floor');
    const png = sharp(values, { raw: { width, height, channels: 1 } })
      .toColorspace('grey16')
      .png();
    await replaceFile(join(folder, sync), await png.toBuffer());
    const slash = split === 'train' ? '/' : '';
    const focal = frame.intrinsics?.fx ?? (KINECT.color.focalLength[0] * width) / KINECT.width;
    lines.push(`${slash}${rgb} ${slash}${sync} ${focal.toFixed(4)}`);
  }
  if (lines.length === 0) throw new RangeError(`There are no frames to write to ${folder}.`);
  await replaceFile(list, lines.join('\n'));
  return list;
}
