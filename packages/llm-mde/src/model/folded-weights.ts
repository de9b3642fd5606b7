import type { LoraAdapters } from '@llm-mde/lora';
import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import type * as tf from '@tensorflow/tfjs-core';
import type { LlmMde } from './llm-mde.js';

/**
 * What a prediction needs that does not depend on the image, each tensor by a name: the prototypes' keys and values, and the weights with
 * the adapters merged into them.
 */
export type FoldedWeights = ReadonlyMap<string, tf.Tensor>;

/** Computes them; the tensors belong to the caller. The model has to be in evaluation mode. */
export function foldWeights(model: LlmMde): FoldedWeights {
  const { key, value } = model.reprogramming.project(model.prototypes());
  const weights = adaptersApart(model).flatMap(([tower, adapters]) =>
    [...adapters.mergedWeights()].map(([path, weight]) => [`${tower}/${path}`, weight] as const),
  );
  return new Map<string, tf.Tensor>([['key', key], ['value', value], ...weights]);
}

/** Runs a function while they are in place; it gets the prototypes, for `forward`, and must not be asynchronous. */
export function withFoldedWeights<T>(
  model: LlmMde,
  folded: FoldedWeights,
  run: (prototypes: ProjectedPrototypes) => T,
): T {
  const prototypes = { key: folded.get('key'), value: folded.get('value') } as ProjectedPrototypes;
  const inPlace = adaptersApart(model).reduce(
    (next, [tower, adapters]) => {
      const own = [...folded].filter(([name]) => name.startsWith(`${tower}/`));
      const weights = new Map(own.map(([name, weight]) => [name.slice(tower.length + 1), weight]));
      return () => adapters.withMergedWeights(weights, next);
    },
    () => run(prototypes),
  );
  return inPlace();
}

/** What `foldWeights` computes with, by the identity of the values: once one has changed, it has to be called again. */
export function foldedSources(model: LlmMde): unknown[] {
  return [adaptersInUse(model), ...foldedTensors(model).map(({ dataId }) => dataId)];
}

/** The trained parameters that `foldWeights` computes with, and the word embeddings. */
export function foldedTensors({ adapters, reprogramming, language }: LlmMde): tf.Tensor[] {
  const parameters = [...Object.values(adapters), reprogramming].flatMap((part) => [
    ...part.namedParameters().values(),
  ]);
  return [language.wordEmbeddings, ...parameters.map(({ value }) => value)];
}

/** Which adapters are in use, in words: a graph is made for one choice of them. */
export function adaptersInUse(model: LlmMde): string {
  return adaptersApart(model)
    .map(([tower, { activeAdapters }]) => `${tower} ${activeAdapters.join('+')}`)
    .join(', ');
}

/** Those that are to be merged. */
function adaptersApart({ adapters }: LlmMde): [string, LoraAdapters][] {
  return Object.entries(adapters).filter(([, { enabled, merged }]) => enabled && !merged);
}
