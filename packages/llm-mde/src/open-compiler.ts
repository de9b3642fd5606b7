// Not loaded when it is needed: a bundler's part with it would wait for a page whose script waits for it.
import { currentDevice, openDevice } from '@llm-mde/backend';
import { isNode } from '@llm-mde/checkpoints';
import { type Compiler, eager } from '@llm-mde/compile/eager';
import * as tf from '@tensorflow/tfjs-core';

/**
 * What runs a model for which nothing was chosen: in Node the open device compiles. Where TensorFlow.js has no backend yet, the best device is
 * opened, for the whole process.
 *
 * @throws DeviceError if no device can be opened.
 */
export async function openCompiler(): Promise<Compiler> {
  const device = (await currentDevice()) ?? (tf.getBackend() ? undefined : await openDevice());
  // In a browser that would load one more library, of megabytes.
  return device && isNode() ? device.compile : eager;
}
