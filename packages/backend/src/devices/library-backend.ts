import * as tf from '@tensorflow/tfjs-core';
import { DeviceError } from '../device.js';

type Factory = () => tf.KernelBackend | Promise<tf.KernelBackend>;

const factories = new Map<string, Factory>();

/**
 * Makes the backend that a TensorFlow.js library registered when it was imported. A failure is thrown, where TensorFlow.js would log it and
 * go on with another backend.
 *
 * @param backendName the name under which the library registered its backend
 */
export async function loadLibraryBackend(backendName: string): Promise<tf.KernelBackend> {
  // A library registers once, when it is imported; this device may have been closed since.
  const factory = factories.get(backendName) ?? (tf.findBackendFactory(backendName) as Factory | undefined);
  if (!factory) {
    throw new DeviceError(
      `the library loaded but registered no backend "${backendName}" here: there are two copies of @tensorflow/tfjs-core; ` +
        'install one version of all TensorFlow.js packages.',
    );
  }
  factories.set(backendName, factory);
  return tf.engine().registry[backendName] ?? (await factory());
}

/** Registers a backend that was made already, so that `tf.setBackend` can't fail. */
export function registerBackend(backendName: string, backend: tf.KernelBackend): void {
  if (tf.engine().registry[backendName] === backend) return;
  if (tf.findBackendFactory(backendName)) tf.removeBackend(backendName);
  tf.registerBackend(backendName, () => backend);
}
