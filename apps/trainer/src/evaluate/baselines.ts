import { depthSizeOf, type RgbdDataset, resizeNearest } from '@llm-mde/rgbd';

/** Baselines: predictions that ignore the image. */
export interface Baselines {
  /** The mean depth of the training frames, everywhere. */
  mean: Baseline;
  /** Their mean depth at each pixel. */
  meanPerPixel: Baseline;
}

/** @returns depth in metres for an image of this size. */
type Baseline = (size: { width: number; height: number }) => Float32Array;

/**
 * Computes the baselines from the training frames, in one pass.
 *
 * @param size width and height of the mean map; other sizes are resized by the nearest pixel.
 */
export async function measureBaselines(
  dataset: RgbdDataset,
  ids: readonly string[],
  size: readonly [number, number],
  numWorkers: number,
): Promise<Baselines> {
  const [width, height] = size;
  const sums = new Float64Array(width * height);
  const counts = new Float64Array(width * height);
  for await (const { frames } of dataset.loader({ ids, batchSize: 16, numWorkers })) {
    for (const frame of frames) {
      const { depth, valid } = resizeNearest(frame, depthSizeOf(frame), { width, height });
      for (let pixel = 0; pixel < depth.length; pixel++) {
        if (valid[pixel] === 0) continue;
        sums[pixel]! += depth[pixel]!;
        counts[pixel]! += 1;
      }
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = sums.reduce((sum, value) => sum + value, 0) / total;
  const map = Float32Array.from(sums, (sum, pixel) => (counts[pixel]! > 0 ? sum / counts[pixel]! : mean));
  const everywhere = new Uint8Array(map.length).fill(1);
  return {
    mean: (image) => new Float32Array(image.width * image.height).fill(mean),
    meanPerPixel: (image) => resizeNearest({ depth: map, valid: everywhere }, { width, height }, image).depth,
  };
}
