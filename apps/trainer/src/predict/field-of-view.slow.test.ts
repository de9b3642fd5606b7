import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { modelFolder } from '@llm-mde/models';
import { type Frame, generateFrame } from '@llm-mde/rooms';
import { type CameraImage, LlmMde } from 'llm-mde';
import { expect, it } from 'vitest';

const MODEL = (await modelFolder('rooms-small'))!;
/** With LLM_MDE_TOWERS in the environment, or a hub. */
const towers = process.env.LLM_MDE_TOWERS;
const missing = !existsSync(join(MODEL, 'config.json'))
  ? `there is no model in ${MODEL}`
  : towers
    ? undefined
    : 'LLM_MDE_TOWERS names no folder with its towers';

/** The middle of a photograph: what a camera with this narrower field of view sees from the same place. */
function narrowed({ image, intrinsics: { fx } }: Frame, degrees: number): CameraImage {
  const scale = (2 * fx * Math.tan((degrees * Math.PI) / 360)) / image.width;
  expect(scale).toBeLessThanOrEqual(1);
  const [width, height] = [2 * Math.round((scale * image.width) / 2), 2 * Math.round((scale * image.height) / 2)];
  const [left, top] = [(image.width - width) / 2, (image.height - height) / 2];
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const start = 3 * ((top + row) * image.width + left);
    data.set(image.data.subarray(start, start + 3 * width), 3 * row * width);
  }
  return { data, width, height, channels: 3, focalLength: fx };
}

/** The median over the middle of a depth map, which is so many times as wide. */
function medianOfMiddle(depth: Float32Array, { width, height }: CameraImage, part: number): number {
  const isInside = (pixel: number) =>
    Math.abs((pixel % width) + 0.5 - width / 2) < (part * width) / 2 &&
    Math.abs(Math.floor(pixel / width) + 0.5 - height / 2) < (part * height) / 2;
  const inside = depth.filter((_, pixel) => isInside(pixel)).sort();
  return inside[inside.length >> 1]!;
}

/** A frame of the variety `wide` that is as wide as 90°. */
function wideFrame(): Frame {
  const size = { width: 768, height: 576 };
  for (let frameIndex = 0; ; frameIndex++) {
    const options = { sceneType: 'living_room', variety: 'wide', frameIndex } as const;
    if (generateFrame({ ...options, width: 16, height: 12 }).intrinsics.fx > 8) continue;
    const frame = generateFrame({ ...options, ...size });
    if (frame.intrinsics.fx <= size.width / 2) return frame;
  }
}

it(`rooms-small gives the same metres for a room at 45° and at 90°${missing ? ` (skipped: ${missing})` : ''}`, async ({
  skip,
}) => {
  skip(missing !== undefined, missing);
  const device = await openDevice();
  const model = await LlmMde.load(MODEL, { compiler: device.compile });
  try {
    const frame = wideFrame();
    const [narrow, wide] = [narrowed(frame, 45), narrowed(frame, 90)];
    const part = Math.tan(Math.PI / 8) / Math.tan(Math.PI / 4);
    const [atNarrow, atWide] = await model.predict([narrow, wide]);
    const ratio = medianOfMiddle(atNarrow!.depth, narrow, 1) / medianOfMiddle(atWide!.depth, wide, part);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
    const { focalLength: _stated, ...unknown } = wide;
    const { camera } = await model.predict(unknown);
    expect(camera).toEqual({ focalLength: expect.closeTo((wide.width / 2) * Math.sqrt(3), 3), assumed: true });
  } finally {
    await model.dispose();
    await device.close();
  }
}, 300_000);
