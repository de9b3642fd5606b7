import type { StateDict } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Network, Tower } from '../network/network.js';

/** The state of a tower with its adapters merged into its weights, which stay as they are. */
export async function mergedState(network: Network, tower: Tower): Promise<StateDict> {
  const state = await network[tower].stateDict();
  const adapters = network.adapters[tower];
  if (!adapters || adapters.merged) return state;
  const merged = tf.tidy(() => Object.fromEntries(adapters.mergedWeights()));
  try {
    for (const [path, tensor] of Object.entries(merged)) {
      state.set(`${path}.weight`, { shape: tensor.shape, data: (await tensor.data<'float32'>()).slice() });
    }
    return state;
  } finally {
    tf.dispose(merged);
  }
}
