import * as tf from '@tensorflow/tfjs-core';
import type { DeviceFunction } from './device.js';

/** `Device.compile` where nothing is compiled: the same function with the same arguments, kernel by kernel. */
export function runEagerly<Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
): DeviceFunction<Arguments, Result> {
  const run = async (...args: unknown[]) =>
    tf.tidy(() => fn(...(args.map(toTensors) as Arguments)) as tf.TensorContainer) as Result;
  return Object.assign(run, { dispose: async () => {} }) as DeviceFunction<Arguments, Result>;
}

/** Tensors in the place of `{ data, shape }`, at any depth. */
function toTensors(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof tf.Tensor) return value;
  if (Array.isArray(value)) return value.map(toTensors);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  if (isTensorData(value)) {
    const dtype =
      value.dtype ??
      (value.data instanceof Int32Array ? 'int32' : value.data instanceof Uint8Array ? 'bool' : 'float32');
    return tf.tensor(value.data, [...value.shape], dtype);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toTensors(part)]));
}

function isTensorData(value: object): value is { data: tf.TypedArray; shape: readonly number[]; dtype?: tf.DataType } {
  return 'data' in value && ArrayBuffer.isView(value.data) && 'shape' in value && Array.isArray(value.shape);
}
