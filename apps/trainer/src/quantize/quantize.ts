import { setFloat32Layers } from 'llm-mde';
import { progressBar } from '../output/progress.js';
import { plural, UsageError } from '../output/sentences.js';
import { type CameraOptions, readPhoto } from '../predict/camera.js';
import { findInputs } from '../predict/find-inputs.js';
import { changeModel, checkPlace } from '../run/change-model.js';
import { findModel, modelDigest } from '../run/find-model.js';
import { type ModelOptions, withModel } from '../run/with-model.js';

export interface QuantizeFlags extends CameraOptions, Pick<ModelOptions, 'device'> {
  /** A new folder for the changed copy. @default the model itself is changed */
  out?: string;
  tolerance: number;
}

/** Measures on photos which layers of a model have to stay in float32 with `--precision int8`, and stores their names in the model. */
export async function quantize(checkpoint: string, paths: readonly string[], flags: QuantizeFlags): Promise<void> {
  const { out, tolerance, device } = flags;
  const folder = await findModel(checkpoint);
  await checkPlace(folder, out);
  const inputs = await findInputs(paths, undefined);
  const digest = await modelDigest(folder);
  const progress = progressBar();
  await withModel(folder, { device }, async (model, { name }) => {
    if (name !== 'cpu') {
      throw new UsageError(`Predictions in 8 bits are for the processor: run this with --device cpu, not ${name}.`);
    }
    const images = [];
    for (const { path } of inputs) images.push(await readPhoto(path!, flags));
    const { float32, layerCount, error, errorOfAll } = await model
      .chooseFloat32Layers(images, {
        tolerance,
        onLayer: (done, total) => progress.show('measuring layers', done, total),
      })
      .finally(progress.end);
    if ((await modelDigest(folder)) !== digest) {
      throw new Error(`The model in ${folder} was changed meanwhile, so nothing was stored: quantize it again.`);
    }
    await changeModel(folder, out, (changed) => setFloat32Layers(changed, float32));
    const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
    console.log(
      `On ${plural(images.length, 'photo')}, depth in 8 bits differs from float32 by ${percent(errorOfAll)} in the mean; with ${float32.length} of ${layerCount} layers left in float32 by ${percent(error)}.`,
    );
    if (float32.length > 0) console.log(`In float32: ${float32.join(', ')}.`);
    console.log(`Stored in ${out ?? folder}. Use it with --precision int8.`);
  });
}
