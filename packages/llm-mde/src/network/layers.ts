import type { PrecisionOptions } from '@llm-mde/compile/eager';
import type * as tf from '@tensorflow/tfjs-core';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { type Network, TOWERS } from './network.js';

/** The linear layers of the towers, which can be computed in 8 bits: by the names of their weights in the network's state, without `.weight`. */
export function towerLayers(network: Network): string[] {
  const layer = new RegExp(`^(${TOWERS.join('|')})\\.(?!embeddings\\.).*\\.weight$`);
  return [...network.namedState()]
    .filter(([name, { value }]) => layer.test(name) && value.shape.length === 2)
    .map(([name]) => name.replace(/\.weight$/, ''));
}

/**
 * Options for a compiler: the towers' layers in 8 bits, but for some.
 *
 * @param float32 The layers that stay in float32. @default the configuration's
 * @param merged Weights that stand in for a layer's own, by tower and path, such as `vision/encoder.layer.0.mlp.fc1`.
 * @throws {ConfigurationError} if there is no such layer.
 */
export function inEightBits(
  network: Network,
  float32: readonly string[] = network.configuration.quantization?.float32 ?? [],
  merged: ReadonlyMap<string, tf.Tensor> = new Map(),
): PrecisionOptions {
  const layers = towerLayers(network);
  const unknown = float32.find((layer) => !layers.includes(layer));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `"quantization.float32" names the layer "${unknown}", which this model does not have.`,
    );
  }
  const state = network.namedState();
  const quantized = new Set<object>();
  for (const layer of layers) {
    if (float32.includes(layer)) continue;
    const weight = merged.get(layer.replace('.', '/')) ?? state.get(`${layer}.weight`)!.value;
    quantized.add(weight.dataId);
  }
  return { precision: 'int8', isQuantized: (dataId) => quantized.has(dataId) };
}
