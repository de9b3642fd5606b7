import { compile } from '@llm-mde/compile';
import { eager } from '@llm-mde/compile/eager';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expectNoTensorsLeft } from '@llm-mde/tooling-vitest/testing/tensors';
import { describe, expect, it } from 'vitest';
import { setFloat32Layers } from '../files/change-configuration.js';
import { towerLayers } from '../network/layers.js';
import { waves } from '../testing/patterns.js';
import { createModel, loadModel, smallConfiguration } from '../testing/small-model.js';

const folder = temporaryFolder();

/** Mean of |log(one / other)|. */
function difference(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, metres, pixel) => sum + Math.abs(Math.log(metres / other[pixel]!)), 0) / one.length;
}

describe('predictions in 8 bits', () => {
  it('differ by little, by less with the chosen layers in float32, and are again float32 with all', async () => {
    const model = await createModel(smallConfiguration(), { compiler: compile });
    await model.save(folder.path);
    const { depth } = await model.predict(waves(1));
    const depthWith = async (float32?: readonly string[]) => {
      if (float32) await setFloat32Layers(folder.path, float32);
      const quantized = await loadModel(folder.path, { compiler: compile, precision: 'int8' });
      return (await quantized.predict(waves(1))).depth;
    };
    const all = difference(await depthWith(), depth);
    expect(all).toBeGreaterThan(1e-6);
    expect(all).toBeLessThan(0.05);
    const { float32, layerCount, error, errorOfAll } = await model.chooseFloat32Layers([waves(1)], {
      tolerance: all / 2,
    });
    expect(float32.length).toBeGreaterThan(0);
    expect(float32.length).toBeLessThan(layerCount);
    expect(error).toBeLessThanOrEqual(all / 2);
    expect(errorOfAll).toBeCloseTo(all, 3);
    expect(difference(await depthWith(float32), depth)).toBeLessThan(all);
    expect(difference(await depthWith(towerLayers(model.network)), depth)).toBeLessThan(1e-6);
  });

  it('refuse layers that are not there, images that are none, and what does not compile', async () => {
    const model = await createModel(smallConfiguration({ quantization: { float32: ['vision.layer'] } }), {
      compiler: compile,
      precision: 'int8',
    });
    await expect(model.predict(waves(1))).rejects.toThrow(
      'names the layer "vision.layer", which this model does not have',
    );
    await expect(model.chooseFloat32Layers([])).rejects.toThrow('at least one image');
    const plain = await createModel(smallConfiguration(), { compiler: eager, precision: 'int8' });
    await expect(plain.predict(waves(1))).rejects.toThrow(
      'The precision int8 is for models that run as compiled graphs',
    );
  });

  it('leave no tensors behind', async () => {
    const model = await createModel(smallConfiguration(), { compiler: compile, precision: 'int8' });
    await model.predict(waves(1));
    await expectNoTensorsLeft(async () => {
      await model.predict(waves(2));
      await model.chooseFloat32Layers([waves(1)], { tolerance: 0.5 });
    });
  });
});
