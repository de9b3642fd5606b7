import { CompileError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { readWeight } from '../graph/read-weight.js';
import type { TensorValues, TypedArray, Value } from '../graph/value.js';
import { type LoweredModel, lower } from '../lowering/lower.js';
import { encodeModel } from '../onnx/encode-model.js';
import { EXTERNAL_BYTES, type ExternalPlace } from '../onnx/external-data.js';
import type { Evaluator } from '../tracing/tracing-backend.js';
import { Executor } from './executor.js';
import type { Platform } from './platform.js';
import type { SessionDescription } from './protocol.js';

/** Computes what was not compiled, on the processor: one graph, used once. */
export function createEvaluator(platform: Platform): Evaluator {
  let held: Executor | undefined;
  // Never released: an idle worker does not keep the process alive.
  const executor = () => (held = held?.isOpen ? held : Executor.acquire(platform, 'cpu', {}));
  const { weights: folder } = platform;
  const seen = new WeakSet<object>();

  /** What lies in the file of weights is read there. A large constant that is used a second time lies in the file from then on: weights do, inputs do not. */
  async function encode(model: LoweredModel): Promise<Uint8Array | string> {
    const weights = new Map<Value, TypedArray>();
    const places = new Map<Value, ExternalPlace>();
    for (const value of model.weights) {
      const place = value.source.kind === 'capture' ? value.source.capture.place : undefined;
      if (place) {
        places.set(value, place);
        continue;
      }
      const data = await readWeight(value);
      const isLarge = data.byteLength >= EXTERNAL_BYTES;
      if (folder && isLarge && seen.has(data)) places.set(value, await folder.place(data, async () => data));
      else weights.set(value, data);
      seen.add(data);
    }
    const bytes = encodeModel(model, { weights, places });
    return folder && places.size > 0 ? folder.writeModel(bytes) : bytes;
  }

  return {
    async evaluate(values) {
      const { model, results } = modelOf(values);
      const encoded = await encode(model);
      try {
        const session = await executor().createSession(describe(encoded, results));
        try {
          return await executor().run(session, {});
        } finally {
          await executor().releaseSession(session);
        }
      } finally {
        if (typeof encoded === 'string') await folder!.removeModel(encoded);
      }
    },
    ...(platform.canWait && {
      evaluateSync(values: readonly Value[]): TensorValues[] {
        const { model, results } = modelOf(values);
        const weights = new Map(model.weights.map((value) => [value, readWeightSync(value)]));
        return executor().runOnceSync(describe(encodeModel(model, { weights }), results));
      },
    }),
  };
}

function modelOf(values: readonly Value[]): { model: LoweredModel; results: string[] } {
  const outputs = values.map((value, index) => ({ name: `output:${index}`, value }));
  return { model: lower(new Graph({ inputs: [], outputs }), 'cpu'), results: outputs.map(({ name }) => name) };
}

function describe(model: Uint8Array | string, results: string[]): SessionDescription {
  return {
    model,
    provider: 'cpu',
    threads: undefined,
    prepacking: false,
    memoryArena: false,
    results,
    updates: [],
  };
}

function readWeightSync({ source }: Value): TypedArray {
  if (source.kind === 'constant') return source.data;
  if (source.kind === 'capture' && source.capture.readSync) return source.capture.readSync();
  throw new CompileError('These values can only be awaited: use data() instead of dataSync().');
}
