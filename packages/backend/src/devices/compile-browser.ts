import type { CompileDevice } from '@llm-mde/compile';
import { type CompiledFunction, type Compiler, type CompilerOptions, mapTensors } from '@llm-mde/compile/eager';
import * as tf from '@tensorflow/tfjs-core';

/** `compile` of `@llm-mde/compile` for a page, which loads that and ONNX Runtime once a function is compiled, not before. */
export function compileInBrowser(device: CompileDevice, wasmPaths: string | undefined, threads: number): Compiler {
  return <Arguments extends unknown[], Result>(fn: (...args: Arguments) => Result, options?: CompilerOptions) => {
    let compiled: CompiledFunction<Arguments, Result> | undefined;
    const loading = import('@llm-mde/compile').then(({ compile }) => {
      compiled = compile(fn, { ...options, device, threads, ...(wasmPaths !== undefined && { wasmPaths }) });
      return compiled;
    });
    // The caller of the function gets the error.
    loading.catch(() => {});
    const run = async (...args: unknown[]) => {
      if (compiled) return compiled(...(args as Parameters<typeof compiled>));
      // The caller may dispose its tensors as soon as it has the promise.
      const held: tf.Tensor[] = [];
      const own = mapTensors(args, (leaf) => {
        if (!(leaf instanceof tf.Tensor)) return leaf;
        held.push(tf.keep(leaf.clone()));
        return held.at(-1);
      });
      try {
        return await (await loading)(...(own as Parameters<CompiledFunction<Arguments, Result>>));
      } finally {
        tf.dispose(held);
      }
    };
    return Object.defineProperties(run as CompiledFunction<Arguments, Result>, {
      isCompiled: { value: true },
      graphs: { get: () => compiled?.graphs ?? [] },
      dispose: { value: async () => (await loading.catch(() => undefined))?.dispose(), writable: true },
    });
  };
}
