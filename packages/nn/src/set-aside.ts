import * as tf from '@tensorflow/tfjs-core';

/**
 * Tells the backend that a tensor will stay as it is and is seldom looked at, such as a frozen weight. That of `@llm-mde/compile` then keeps its
 * values outside of this process' memory, where compiled functions read them; they can be read as before. Other backends do nothing.
 */
export function setAside({ dataId }: tf.Tensor): void {
  (tf.backend() as { setAside?(dataId: tf.DataId): void }).setAside?.(dataId);
}
