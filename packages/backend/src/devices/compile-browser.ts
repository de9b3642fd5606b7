import type { CompileDevice } from '@llm-mde/compile';
import * as tf from '@tensorflow/tfjs-core';
import type { Device, DeviceFunction } from '../device.js';
import { mapTensors } from '../map-tensors.js';

/** `compile` of `@llm-mde/compile` for a page, which loads that and ONNX Runtime once a function is compiled, not before. */
export function compileInBrowser(device: CompileDevice, wasmPaths: string | undefined): Device['compile'] {
  return <Arguments extends unknown[], Result>(fn: (...args: Arguments) => Result) => {
    let compiled: DeviceFunction<Arguments, Result> | undefined;
    const loading = import('@llm-mde/compile').then(({ compile }) => {
      compiled = compile(fn, { device, ...(wasmPaths !== undefined && { wasmPaths }) });
      return compiled;
    });
    // Whoever calls the function hears of it.
    loading.catch(() => {});
    const run = async (...args: unknown[]) => {
      if (compiled) return compiled(...(args as Parameters<typeof compiled>));
      // The caller may dispose what it gave as soon as it has the promise.
      const held: tf.Tensor[] = [];
      const own = mapTensors(args, (tensor) => {
        held.push(tf.keep(tensor.clone()));
        return held.at(-1)!;
      });
      try {
        return await (await loading)(...(own as Parameters<DeviceFunction<Arguments, Result>>));
      } finally {
        tf.dispose(held);
      }
    };
    const dispose = async () => (await loading.catch(() => undefined))?.dispose();
    return Object.assign(run, { dispose }) as DeviceFunction<Arguments, Result>;
  };
}
