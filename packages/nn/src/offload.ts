import * as tf from '@tensorflow/tfjs-core';

/**
 * Tells the open backend that a tensor will not change, so that it may store it outside of memory (`@llm-mde/compile` does). Its values
 * can be read as before.
 */
export function offload({ dataId }: tf.Tensor): void {
  (tf.backend() as { offload?(dataId: tf.DataId): void }).offload?.(dataId);
}
