// Reads photographs with depth as `manifest.jsonl` describes them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeNpy } from '@llm-mde/depth-maps';
import { fromSunRgbd } from '@llm-mde/rgbd/formats';
import sharp from 'sharp';

/**
 * @param folder holds `manifest.jsonl` and the files that it names.
 * @param sets only these; all if absent.
 * @returns `frames`: `set`, `scene`, `name`, `image` (RGB), `truth` (metres, 0 where there is none, at its own size) and `intrinsics`;
 * `skipped`: a sentence for each that can't be read.
 */
export async function readFrames(folder, sets) {
  const lines = (await readFile(join(folder, 'manifest.jsonl'), 'utf8')).split('\n').filter(Boolean);
  const frames = [];
  const skipped = [];
  for (const entry of lines.map((line) => JSON.parse(line))) {
    if (sets && !sets.includes(entry.set)) continue;
    try {
      frames.push(await readFrame(folder, entry));
    } catch (error) {
      skipped.push(`${entry.image}: ${error.message}`);
    }
  }
  return { frames, skipped };
}

async function readFrame(folder, { set, scene, image, depth, metresPerUnit, encoding, invalid = [0], intrinsics }) {
  if (metresPerUnit == null && !encoding) throw new Error('the manifest does not say what its depth values mean.');
  const { data, info } = await sharp(join(folder, image))
    .toColorspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { values, width, height } = await readDepth(join(folder, depth));
  const metresOf = encoding ? (value) => fromSunRgbd(value) / 1000 : (value) => value * metresPerUnit;
  const unknown = new Set(invalid);
  const metres = Float32Array.from(values, (value) => (unknown.has(value) ? 0 : metresOf(value)));
  return {
    set,
    scene,
    name: image,
    image: { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 },
    truth: { data: metres.map((value) => (Number.isFinite(value) && value > 0 ? value : 0)), width, height },
    intrinsics,
  };
}

async function readDepth(path) {
  if (path.endsWith('.npy')) {
    const { data, shape } = decodeNpy(await readFile(path));
    return { values: data, width: shape.at(-1), height: shape.at(-2) };
  }
  const { data, info } = await sharp(path)
    .toColorspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1) throw new Error(`its depth has ${info.channels} channels.`);
  return {
    values: new Uint16Array(data.buffer, data.byteOffset, data.length / 2),
    width: info.width,
    height: info.height,
  };
}
