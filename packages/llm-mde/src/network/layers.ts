import type * as tf from '@tensorflow/tfjs-core';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { type Network, TOWERS } from './network.js';

export const NEEDS_GRAPHS =
  'The precision int8 is for models that run as compiled graphs on the processor: the device cpu.';

/** The linear layers of the towers, which can be computed in 8 bits: by the names of their weights in the network's state, without `.weight`. */
export function towerLayers(network: Network): string[] {
  const layer = new RegExp(`^(${TOWERS.join('|')})\\.(?!embeddings\\.).*\\.weight$`);
  return [...network.namedState()]
    .filter(([name, { value }]) => layer.test(name) && value.shape.length === 2)
    .map(([name]) => name.replace(/\.weight$/, ''));
}

/**
 * The identities of the values of all layers' weights but some.
 *
 * @param merged Weights that stand in for a layer's own, by tower and path, such as `vision/encoder.layer.0.mlp.fc1`.
 * @throws {ConfigurationError} if there is no such layer.
 */
export function dataOfLayers(
  network: Network,
  without: readonly string[],
  merged: ReadonlyMap<string, tf.Tensor> = new Map(),
): object[] {
  const layers = towerLayers(network);
  const unknown = without.find((layer) => !layers.includes(layer));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `"quantization.float32" names the layer "${unknown}", which this model does not have.`,
    );
  }
  const state = network.namedState();
  return layers
    .filter((layer) => !without.includes(layer))
    .map((layer) => (merged.get(layer.replace('.', '/')) ?? state.get(`${layer}.weight`)!.value).dataId);
}
