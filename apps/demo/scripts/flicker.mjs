// Flicker of a video's depth with and without smoothing: the mean |Δ log depth| where the picture stands still. Of a rendered camera path, or of the
// pictures in a folder, in the order of their names.
//
//     npm run docs -- flicker [--frames 300] [--size 160x120] [--model tiny] [--pictures FOLDER]
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DepthSmoother, flickerBetween } from '@llm-mde/depth-maps';
import { filmRoom } from '@llm-mde/rooms';
import { LlmMde } from 'llm-mde';
import sharp from 'sharp';

/**
 * @param {{ frames?: number, width?: number, height?: number, model?: string, pictures?: string }} options
 * @returns flicker of both, and how many frames.
 */
export async function measureFlicker({ frames = 300, width = 160, height = 120, model: name = 'tiny', pictures }) {
  const model = await LlmMde.load(name);
  const smoother = new DepthSmoother();
  const sums = { raw: 0, smooth: 0 };
  let [last, count] = [undefined, 0];
  for await (const colors of pictures ? read(pictures, { width, height }) : film(frames, { width, height })) {
    const image = { data: colors, width, height, channels: 3 };
    const { depth } = await model.predict(image);
    const now = { raw: depth, smooth: smoother.next(depth, colors, { width, height }), colors };
    if (last) {
      for (const kind of Object.keys(sums)) {
        const between = flickerBetween({ depth: last[kind], colors: last.colors }, { depth: now[kind], colors });
        sums[kind] += Number.isNaN(between) ? 0 : between;
      }
    }
    last = now;
    if (++count === frames) break;
  }
  await model.dispose();
  return { frames: count, raw: sums.raw / (count - 1), smooth: sums.smooth / (count - 1) };
}

function* film(frames, size) {
  // About one color image is left out in eight.
  for (const shot of filmRoom({
    seed: 3,
    sceneType: 'kitchen',
    frames: Math.ceil(1.3 * frames),
    sensor: 'ideal',
    ...size,
  }).shots) {
    if (shot.kind === 'color') yield shot.data;
  }
}

async function* read(folder, { width, height }) {
  for (const name of (await readdir(folder)).filter((each) => /color.*\.(jpe?g|png)$/.test(each)).sort()) {
    yield new Uint8Array(
      await sharp(join(folder, name)).removeAlpha().resize(width, height, { fit: 'fill' }).raw().toBuffer(),
    );
  }
}

if (process.argv[1]?.endsWith('flicker.mjs')) {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '300' },
      size: { type: 'string', default: '160x120' },
      model: { type: 'string', default: 'tiny' },
      pictures: { type: 'string' },
    },
  });
  const [width, height] = values.size.split('x').map(Number);
  const { frames, raw, smooth } = await measureFlicker({ ...values, frames: Number(values.frames), width, height });
  console.log(
    `${frames} frames: flicker ${raw.toFixed(4)} without smoothing, ${smooth.toFixed(4)} with it (${(smooth / raw).toFixed(2)} of it)`,
  );
}
