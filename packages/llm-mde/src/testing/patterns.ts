import type { RawImage } from '@llm-mde/vision-encoder';
import type { TrainingExample } from '../training/micro-batches.js';

/** An image of waves, another one for each seed. */
export function waves(seed: number, width = 40, height = 30): RawImage {
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, index) => 128 + 100 * Math.sin((seed * index) / 97 + seed) + 20 * Math.sin(index * seed),
  );
  return { data, width, height, channels: 3 };
}

/** Waves with a sloping depth that has a step in it, another one for each seed. */
export function example(seed: number, width = 40, height = 30): TrainingExample {
  const depth = Float32Array.from({ length: width * height }, (_, index) => {
    const column = index % width;
    const row = Math.floor(index / width);
    return 1.5 + (0.4 * seed * column) / width + row / height + (column > width / 2 ? 0.5 * seed : 0);
  });
  return { image: waves(seed, width, height), depth, id: `waves-${seed}` };
}

/** The largest difference between two depth maps. */
export function largestDifference(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) throw new Error(`${one.length} values instead of ${other.length}`);
  return one.reduce((largest, metres, pixel) => Math.max(largest, Math.abs(metres - other[pixel]!)), 0);
}

/** The mean over all pixels of |predicted − true| / true. */
export function absRel(predicted: Float32Array, truth: Float32Array): number {
  return truth.reduce((sum, metres, pixel) => sum + Math.abs(predicted[pixel]! - metres) / metres, 0) / truth.length;
}
