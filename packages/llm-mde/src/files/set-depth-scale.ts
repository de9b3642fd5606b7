import { folderFiles, replaceListedFile, verifiedFiles } from '@llm-mde/checkpoints';
import { checkConfiguration } from '../configuration/check-configuration.js';
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
export async function setDepthScale(folder: string, depthScale: number): Promise<void> {
  const { depthScale: _old, ...configuration } = await readConfiguration(await verifiedFiles(folderFiles(folder)));
  const changed = checkConfiguration(depthScale === 1 ? configuration : { ...configuration, depthScale });
  await replaceListedFile(folder, ...configurationFile(changed));
}
