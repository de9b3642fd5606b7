import { CompileError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { TensorValues, TypedArray, Value } from '../graph/value.js';
import { lower } from '../lowering/lower.js';
import type { LoweredModel } from '../lowering/lowered-model.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { Evaluator } from '../tracing/tracing-backend.js';
import { Executor } from './executor.js';
import type { Platform } from './platform.js';
import type { SessionDescription } from './protocol.js';

/** Computes what was not compiled, on the CPU: one graph, used once. */
export function createEvaluator(platform: Platform, threads: () => number): Evaluator {
  let held: Executor | undefined;
  // Never released: an idle worker does not keep the process alive.
  const executor = () => (held = held?.isOpen ? held : Executor.acquire(platform, 'cpu', { threads: threads() }));
  const seen = new WeakSet<object>();
  /** A large constant that is used a second time goes to the file of weights: weights are, inputs are not. */
  const isSeenAgain = (data: TypedArray) => {
    const isKnown = seen.has(data);
    seen.add(data);
    return isKnown;
  };

  return {
    async evaluate(values) {
      const { model, results } = modelOf(values);
      const session = await executor().createSession(model, describe(results, threads()), isSeenAgain);
      try {
        return await executor().run(session, {});
      } finally {
        await executor().releaseSession(session);
      }
    },
    ...(platform.canWait && {
      evaluateSync(values: readonly Value[]): TensorValues[] {
        const { model, results } = modelOf(values);
        const weights = new Map(model.weights.map((value) => [value, readWeightSync(value)]));
        return executor().runOnceSync({ ...describe(results, threads()), model: encodeModel(model, { weights }) });
      },
    }),
  };
}

function modelOf(values: readonly Value[]): { model: LoweredModel; results: string[] } {
  const outputs = values.map((value, index) => ({ name: `output:${index}`, value }));
  return { model: lower(new Graph([], outputs), 'cpu'), results: outputs.map(({ name }) => name) };
}

function describe(results: string[], threads: number): Omit<SessionDescription, 'model'> {
  return { provider: 'cpu', threads, prepacking: false, memoryArena: false, results, updates: [] };
}

function readWeightSync({ source }: Value): TypedArray {
  if (source.kind === 'constant') return source.data;
  if (source.kind === 'capture' && source.capture.readSync) return source.capture.readSync();
  throw new CompileError('These values can only be awaited: use data() instead of dataSync().');
}
