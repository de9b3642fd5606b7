// Predictions that do not look at the image.
import { generateFrames } from '@llm-mde/rooms';

const SIZE = { width: 64, height: 48 };

/**
 * - always 2 m;
 * - the mean depth of rendered rooms at each pixel, as a model that learned nothing but the training data's layout would predict;
 * - the plane whose inverse depth, which is linear in the pixel's place, fits these rooms best.
 *
 * @param count how many rooms are rendered.
 */
export async function baselines(count) {
  const pixels = SIZE.width * SIZE.height;
  const sums = new Float64Array(pixels);
  const inverse = new Float64Array(pixels);
  let frames = 0;
  for await (const { depth } of generateFrames({ count, seed: 1, ...SIZE })) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      sums[pixel] += depth[pixel];
      inverse[pixel] += 1 / depth[pixel];
    }
    frames += 1;
  }
  const plane = fitPlane(inverse.map((sum) => sum / frames));
  return [
    { name: 'always 2 m', predict: async () => ({ depth: new Float32Array(1).fill(2), width: 1, height: 1 }) },
    map(
      'mean of rendered rooms per pixel',
      Float32Array.from(sums, (sum) => sum / frames),
    ),
    map(
      'a plane',
      Float32Array.from(plane, (value) => 1 / value),
    ),
  ];
}

const map = (name, depth) => ({ name, predict: async () => ({ depth, ...SIZE }) });

/** Least squares of a + b·x + c·y, with x and y from −1 to 1, where they are orthogonal to each other and to 1. */
function fitPlane(values) {
  const { width, height } = SIZE;
  const x = (pixel) => (2 * (pixel % width)) / (width - 1) - 1;
  const y = (pixel) => (2 * Math.floor(pixel / width)) / (height - 1) - 1;
  const project = (direction) => {
    const along = values.reduce((sum, value, pixel) => sum + value * direction(pixel), 0);
    return along / values.reduce((sum, _, pixel) => sum + direction(pixel) ** 2, 0);
  };
  const [a, b, c] = [project(() => 1), project(x), project(y)];
  return values.map((_, pixel) => Math.max(0.05, a + b * x(pixel) + c * y(pixel)));
}
