import type { Frame } from '@llm-mde/rgbd';
import type { TrainingExample } from 'llm-mde';

/**
 * Frames as a training step takes them, all depth maps of one size.
 *
 * @param size width and height of the depth maps. Others are brought to it by the nearest pixel: no depth appears that was not measured.
 */
export function trainingExamples(frames: readonly Frame[], size: readonly [number, number]): TrainingExample[] {
  return frames.map(({ id, image, depth, valid }) => {
    const [depthWidth, depthHeight] = size;
    if (image.width === depthWidth && image.height === depthHeight) return { id, image, depth, valid };
    const resized = resizeNearest({ depth, valid }, image, size);
    return { id, image, ...resized, depthWidth, depthHeight };
  });
}

/** Takes the pixel whose middle is nearest to that of each new one. */
export function resizeNearest(
  { depth, valid }: Pick<Frame, 'depth' | 'valid'>,
  from: { width: number; height: number },
  [width, height]: readonly [number, number],
): { depth: Float32Array; valid: Uint8Array } {
  const columns = Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * from.width) / width));
  const resized = { depth: new Float32Array(width * height), valid: new Uint8Array(width * height) };
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * from.height) / height) * from.width;
    for (let x = 0; x < width; x++) {
      const source = row + columns[x]!;
      resized.depth[y * width + x] = depth[source]!;
      resized.valid[y * width + x] = valid[source]!;
    }
  }
  return resized;
}
