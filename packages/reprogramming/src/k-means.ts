import { uniformGenerator } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

export interface KMeansOptions {
  /** At most so many rounds; ends before where nothing moves. @default 10 */
  iterations?: number;
  /** Chooses the points that the centers start at. @default 0 */
  seed?: number;
}

/** Limits the memory that similarities take. */
const POINTS_AT_ONCE = 4096;

/**
 * The centers of clusters of points (Lloyd's algorithm, from distinct random points): each center is the mean of the points that are nearer
 * to it than to any other. A center that loses all its points stays where it is.
 *
 * @param points [n,D], float32.
 * @param count Number of clusters, at most n.
 * @returns the centers, row-major [count,D]; the same for the same seed on one device.
 */
export async function kMeans(
  points: tf.Tensor2D,
  count: number,
  { iterations = 10, seed = 0 }: KMeansOptions = {},
): Promise<Float32Array> {
  const [pointCount, features] = points.shape;
  if (count > pointCount)
    throw new Error(`${pointCount} words do not make ${count} clusters: ask for fewer prototypes.`);
  const values = await points.data<'float32'>();
  const centers = new Float32Array(count * features);
  for (const [cluster, point] of distinct(count, pointCount, seed).entries()) {
    centers.set(values.subarray(point * features, (point + 1) * features), cluster * features);
  }
  let before: Int32Array | undefined;
  for (let round = 0; round < iterations; round++) {
    const nearest = await nearestCenters(points, centers, count);
    if (before && nearest.every((cluster, point) => cluster === before![point])) break;
    moveToMeans(centers, values, nearest, features);
    before = nearest;
  }
  return centers;
}

/** For each point the number of the nearest center: the largest x·c − |c|²/2. */
async function nearestCenters(points: tf.Tensor2D, centers: Float32Array, count: number): Promise<Int32Array> {
  const [pointCount, features] = points.shape;
  const nearest = new Int32Array(pointCount);
  for (let first = 0; first < pointCount; first += POINTS_AT_ONCE) {
    const some = tf.tidy(() => {
      const c = tf.tensor2d(centers.slice(), [count, features]);
      const x = tf.slice(points, [first, 0], [Math.min(POINTS_AT_ONCE, pointCount - first), features]);
      return tf.argMax(tf.sub(tf.matMul(x, c, false, true), tf.mul(tf.sum(tf.square(c), 1), 0.5)), 1);
    });
    nearest.set(await some.data<'int32'>(), first);
    some.dispose();
  }
  return nearest;
}

function moveToMeans(centers: Float32Array, values: Float32Array, nearest: Int32Array, features: number): void {
  const sums = new Float64Array(centers.length);
  const members = new Float64Array(centers.length / features);
  for (const [point, cluster] of nearest.entries()) {
    members[cluster]!++;
    for (let at = 0; at < features; at++) sums[cluster * features + at]! += values[point * features + at]!;
  }
  for (let at = 0; at < centers.length; at++) {
    const count = members[Math.floor(at / features)]!;
    if (count > 0) centers[at] = sums[at]! / count;
  }
}

/** Some different numbers below a limit, in random order. */
function distinct(count: number, limit: number, seed: number): number[] {
  const random = uniformGenerator(seed);
  const numbers = Array.from({ length: limit }, (_, index) => index);
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random() * (limit - at));
    [numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!];
  }
  return numbers.slice(0, count);
}
