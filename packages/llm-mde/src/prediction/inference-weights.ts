import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import type * as tf from '@tensorflow/tfjs-core';
import { adaptersInUse, type Network, unmergedAdapters } from '../network/network.js';

/**
 * What a prediction needs that does not depend on the image, each tensor by a name: the prototypes' keys and values, and the weights with
 * the adapters merged into them.
 */
export type InferenceWeights = ReadonlyMap<string, tf.Tensor>;

/** Computes them; the tensors belong to the caller. The network has to be in evaluation mode. */
export function computeInferenceWeights(network: Network): InferenceWeights {
  const { key, value } = network.reprogramming.project(network.prototypes());
  const weights = unmergedAdapters(network).flatMap(([tower, adapters]) =>
    [...adapters.mergedWeights()].map(([path, weight]) => [`${tower}/${path}`, weight] as const),
  );
  return new Map<string, tf.Tensor>([['key', key], ['value', value], ...weights]);
}

/** Runs a function while they are in place; it gets the prototypes, for `forward`, and must not be asynchronous. */
export function withInferenceWeights<T>(
  network: Network,
  weights: InferenceWeights,
  run: (prototypes: ProjectedPrototypes) => T,
): T {
  const prototypes = { key: weights.get('key'), value: weights.get('value') } as ProjectedPrototypes;
  const inPlace = unmergedAdapters(network).reduce(
    (next, [tower, adapters]) => {
      const own = [...weights].filter(([name]) => name.startsWith(`${tower}/`));
      const merged = new Map(own.map(([name, weight]) => [name.slice(tower.length + 1), weight]));
      return () => adapters.withMergedWeights(merged, next);
    },
    () => run(prototypes),
  );
  return inPlace();
}

/** What `computeInferenceWeights` computes with, by the identity of the values: when one has changed, it has to be called again. */
export function inferenceSources(network: Network): unknown[] {
  return [adaptersInUse(network), ...sourceTensors(network).map(({ dataId }) => dataId)];
}

/** The trained parameters that `computeInferenceWeights` computes with, and the word embeddings. */
export function sourceTensors({ adapters, reprogramming, language }: Network): tf.Tensor[] {
  const parameters = [...Object.values(adapters), reprogramming].flatMap((part) => [
    ...part.namedParameters().values(),
  ]);
  return [language.wordEmbeddings, ...parameters.map(({ value }) => value)];
}
