import { folderFiles, replaceListedFile, verifiedFiles } from '@llm-mde/checkpoints';
import { checkConfiguration } from '../configuration/check-configuration.js';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { readConfiguration } from './load-network.js';
import { configurationFile } from './save-network.js';

/**
 * Changes the `depthScale` of a saved model: what it multiplies all its depth by. The old factor is replaced, whatever it was. Only `config.json` is
 * written, under a temporary name first, and its line of `SHA256SUMS`. Node only.
 *
 * @param folder Of the model itself: of a training run, its folder `best`.
 * @param depthScale A positive number; 1 leaves depth as the network gives it.
 * @throws if there is no model, its `config.json` is not as listed in `SHA256SUMS`, or the factor is none; nothing has changed then.
 */
export function setDepthScale(folder: string, depthScale: number): Promise<void> {
  return change(folder, ({ depthScale: _old, ...configuration }) =>
    depthScale === 1 ? configuration : { ...configuration, depthScale },
  );
}

/**
 * Changes which layers of a saved model stay in float32 where the others are computed in 8 bits, as `LlmMde.chooseFloat32Layers` finds them. Written as
 * by `setDepthScale`. Node only.
 *
 * @param folder Of the model itself: of a training run, its folder `best`.
 */
export function setFloat32Layers(folder: string, float32: readonly string[]): Promise<void> {
  return change(folder, (configuration) => ({ ...configuration, quantization: { float32: [...float32] } }));
}

async function change(folder: string, changed: (before: LlmMdeConfiguration) => LlmMdeConfiguration): Promise<void> {
  const configuration = await readConfiguration(await verifiedFiles(folderFiles(folder)));
  await replaceListedFile(folder, ...configurationFile(checkConfiguration(changed(configuration))));
}
