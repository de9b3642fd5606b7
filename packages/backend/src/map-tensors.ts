import * as tf from '@tensorflow/tfjs-core';

/** Another structure with other tensors, at any depth of arrays and plain objects. Variables and everything else are taken as they are. */
export function mapTensors(value: unknown, change: (tensor: tf.Tensor) => tf.Tensor): unknown {
  if (value instanceof tf.Tensor) return value instanceof tf.Variable ? value : change(value);
  if (Array.isArray(value)) return value.map((part) => mapTensors(part, change));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapTensors(part, change)]));
}
