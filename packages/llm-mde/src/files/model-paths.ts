import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { TOWERS } from '../network/network.js';
import { adaptedTowers, hasOwnWeights } from './create-network.js';
import { NEW_MODULES_FILE } from './save-network.js';

/** The files that `LlmMde.save` writes for a configuration, by their path in the folder, besides their `SHA256SUMS`: none of them can be missing. */
export function modelPaths(configuration: LlmMdeConfiguration): string[] {
  return [
    'config.json',
    NEW_MODULES_FILE,
    ...adaptedTowers(configuration).flatMap((tower) => [
      `${tower}_adapter/adapter_config.json`,
      `${tower}_adapter/adapter_model.safetensors`,
    ]),
    ...TOWERS.filter((tower) => hasOwnWeights(configuration, tower)).map((tower) => `${tower}.safetensors`),
  ];
}
