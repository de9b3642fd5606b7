import { describe, expect, it } from 'vitest';
import type { LlmMde } from '../llm-mde.js';
import { example, waves } from '../testing/patterns.js';
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
