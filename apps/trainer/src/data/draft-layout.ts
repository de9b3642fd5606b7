import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { DATASET_FILE, formatLayout, type RgbdDataset } from '@llm-mde/rgbd';
import { plural } from '../output/sentences.js';
import type { DatasetFacts } from './inspect.js';

/**
 * Writes `dataset.yaml` into a folder of images and depth maps: what is known of its layout, and the other keys as comments.
 *
 * @returns the file's path.
 * @throws Error if the data set is no such folder, or has one already.
 */
export async function draftLayout(path: string, dataset: RgbdDataset, facts: DatasetFacts): Promise<string> {
  if (dataset.layout === undefined || !statSync(path).isDirectory())
    throw new Error(
      `${path} is no folder of images and depth maps: only such a folder is described by ${DATASET_FILE}.`,
    );
  const file = join(path, DATASET_FILE);
  if (existsSync(file)) throw new Error(`${file} is there already: change it, or remove it first.`);
  const { name, sensor, images, depths, pairing, scene, intrinsics, ...known } = dataset.layout;
  const { camera } = facts.sample;
  const numbers = camera && [camera.fx, camera.fy, camera.cx, camera.cy].map((value) => Number(value.toFixed(3)));
  const isOneCamera = typeof intrinsics === 'object';
  const stated = { ...known, ...(isOneCamera && { intrinsics }) };
  const comment = (key: string, value: string) => `# ${key}: ${value}`;
  const lines = [
    `# ${name}${sensor === undefined ? '' : `, ${sensor}`}: ${plural(facts.frames, 'frame')} found. Remove the # of a line to set its key.`,
    ...(Object.keys(stated).length > 0 ? [formatLayout(stated).trimEnd()] : []),
    comment('images', images === undefined ? "'images/**'" : JSON.stringify(images)),
    comment('depths', depths === undefined ? "'depth/**'" : JSON.stringify(depths)),
    comment('pairing', `${pairing ?? 'name'}  # name, time, order or lists`),
    ...(known.metresPerUnit === undefined ? [comment('metresPerUnit', '0.001  # PNG; EXR and NPY: 1')] : []),
    ...(known.invalid === undefined ? [comment('invalid', '[0, 65535]')] : []),
    ...(known.encoding === undefined ? [comment('encoding', 'plain  # or sun-rgbd')] : []),
    ...(isOneCamera
      ? []
      : [comment('intrinsics', `[${numbers?.join(', ') ?? 'fx, fy, cx, cy'}]  # in pixels of the image, or a file`)]),
    comment(
      'scene',
      `${scene === undefined ? "'kitchen'" : JSON.stringify(scene)}  # one name, or a regular expression with a group for the image's path`,
    ),
  ];
  await replaceFile(file, `${lines.join('\n')}\n`);
  return file;
}
