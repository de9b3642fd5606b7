import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { LlmMde } from '../llm-mde.js';
import { example, largestDifference, waves } from '../testing/patterns.js';
import { createModel, smallConfiguration } from '../testing/small-model.js';

/** Sees 20×30 images at 32×48: 1.6 times as large in both directions. */
const create = () =>
  createModel(smallConfiguration({ imageSize: [32, 48], camera: { focalLength: 40 }, reprogramming: { dropout: 0 } }));
const depthOf = async (model: LlmMde, focalLength?: number) =>
  model.predict({ ...waves(1, 30, 20), ...(focalLength && { focalLength }) });

describe('a model with a camera', () => {
  it('scales its depth by the focal length of the image', async () => {
    const model = await create();
    const canonical = await depthOf(model, 25);
    expect(canonical.camera).toEqual({ focalLength: 25, assumed: false });
    const twice = await depthOf(model, 50);
    for (const [pixel, metres] of canonical.depth.entries()) expect(twice.depth[pixel]).toBeCloseTo(2 * metres, 5);
    const { inputs } = await model.prepareImages([waves(1, 30, 20), { ...waves(1, 60, 20), focalLength: 50 }]);
    // 60° over 30 pixels; and one that is squashed to half its width.
    expect([...inputs.depthScale!.data]).toEqual([
      expect.closeTo((15 * Math.sqrt(3) * 1.6) / 40, 5),
      expect.closeTo((50 * 1.6 * Math.SQRT1_2) / 40, 5),
    ]);
  });

  it('says which camera it assumed, and refuses one that can not be', async () => {
    const model = await create();
    expect((await depthOf(model)).camera).toEqual({ focalLength: expect.closeTo(25.98, 2), assumed: true });
    await expect(depthOf(model, -4)).rejects.toThrow('A focal length of -4 was given for an image of 30×20');
  });

  it('learns the same from a scene at any focal length', async () => {
    const { image, ...rest } = example(1, 30, 20);
    const lossAt = async (focalLength: number) => {
      const model = await create();
      const depth = rest.depth.map((metres) => metres * (focalLength / 25));
      return (await model.trainStep([{ ...rest, depth, image: { ...image, focalLength } }], { learningRate: 0 })).loss;
    };
    expect(await lossAt(50)).toBeCloseTo(await lossAt(25), 5);
  });
});

it('a model without a camera does not use the focal length', async () => {
  const model = await createModel(smallConfiguration());
  const [one, other] = [await depthOf(model, 20), await depthOf(model, 40)];
  expect(one.depth).toEqual(other.depth);
  expect(one.camera).toBeNull();
});

describe('an input that is wide', () => {
  const sizes = ({ inputs }: Awaited<ReturnType<LlmMde['prepareImages']>>) => inputs.pixelValues.shape.slice(0, 3);

  it('is turned for upright images, which keep their shape and their metres', async () => {
    const model = await create();
    const wide = { ...waves(1, 30, 20), focalLength: 25 };
    const upright = { ...waves(2, 20, 30), focalLength: 25 };
    expect(sizes(await model.prepareImages([upright]))).toEqual([1, 48, 32]);
    expect(sizes(await model.prepareImages([upright, wide]))).toEqual([2, 32, 48]);
    const { inputs } = await model.prepareImages(upright);
    expect(inputs.depthScale!.data[0]).toBeCloseTo((25 * 1.6) / 40, 6);
    const squeezed = (await model.prepareImages([upright, wide])).inputs.depthScale!.data;
    expect(squeezed[0]).toBeCloseTo((25 * Math.sqrt((48 / 20) * (32 / 30))) / 40, 6);
  });

  it('predicts images of both orientations in one call, each as alone', async () => {
    const model = await create();
    const images = [waves(1, 20, 30), waves(2, 30, 20), waves(3, 20, 30), waves(4, 25, 25)];
    const together = await model.predict(images);
    for (const [place, { width, height, depth }] of together.entries()) {
      expect([width, height, depth.length]).toEqual([images[place]!.width, images[place]!.height, width * height]);
      expect(largestDifference(depth, (await model.predict(images[place]!)).depth)).toBeLessThan(1e-5);
    }
    // A square image is squeezed as before; an upright one no longer.
    const attended = await model.attendedWords(images[0]!);
    expect([attended.rows, attended.columns]).toEqual([6, 4]);
  });

  it('is turned for batches of upright images in training, too', async () => {
    const model = await create();
    const { loss } = await model.trainStep([example(1, 20, 30), example(2, 20, 30)], { learningRate: 0 });
    expect(loss).toBeGreaterThan(0);
  });
});

/** A white bar, one metre wide, on a dark wall at this distance, in a picture with this field of view across its width. */
function barOnWall(metres: number, degrees: number) {
  const [width, height] = [240, 160];
  const focalLength = width / 2 / Math.tan((degrees * Math.PI) / 360);
  const half = focalLength / metres / 2;
  const image = { data: new Uint8Array(3 * width * height), width, height, channels: 3 as const };
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (Math.abs((pixel % width) - (width - 1) / 2) < half) image.data.fill(255, 3 * pixel, 3 * pixel + 3);
  }
  return { image, focalLength };
}

it('a scene at 45° and at 90° has the same metres by the right focal length, and others without', async () => {
  const model = await createModel(smallConfiguration({ imageSize: [64, 96], camera: { focalLength: 80 } }));
  // A head that knows the size of things: a bar as wide as one metre is where the canonical camera sees it so.
  model.network.head.forward = (hidden, { image }: { image?: tf.Tensor4D }) => {
    const isWhite = tf.cast(tf.greater(image!, 0), 'float32');
    const widths = tf.mean(tf.sum(tf.slice(isWhite, [0, 0, 0, 0], [-1, -1, -1, 1]), [2]), [1, 2]);
    return tf.mul(tf.ones<tf.Rank.R3>([hidden.shape[0], 8, 12]), tf.reshape(tf.div(80, widths), [-1, 1, 1]));
  };
  const metresAt = async (degrees: number, isStated = true) => {
    const { image, focalLength } = barOnWall(3, degrees);
    const { depth, camera } = await model.predict(isStated ? { ...image, focalLength } : image);
    expect(camera!.assumed).toBe(!isStated);
    return depth[0]!;
  };
  const [narrow, wide] = [await metresAt(45), await metresAt(90)];
  expect(Math.abs(narrow / 3 - 1)).toBeLessThan(0.05);
  expect(Math.abs(wide / 3 - 1)).toBeLessThan(0.05);
  expect((await metresAt(45, false)) / narrow).toBeCloseTo(Math.tan(Math.PI / 8) / Math.tan(Math.PI / 6), 4);
  expect((await metresAt(90, false)) / wide).toBeCloseTo(Math.tan(Math.PI / 4) / Math.tan(Math.PI / 6), 4);
});
