import type * as tf from '@tensorflow/tfjs-core';
import type { PrecisionOptions } from '../compiled-function.js';
import type { Graph } from '../graph/graph.js';
import type { TensorValues, Value } from '../graph/value.js';
import { lower, updateName } from '../lowering/lower.js';
import type { LoweringTarget } from '../lowering/lowered-model.js';
import { quantizeWeights } from '../lowering/quantize-weights.js';
import type { Executor } from './executor.js';
import { canUpdateInPlace } from './in-place.js';
import type { SessionDescription, SlotReference, TransferredTensor } from './protocol.js';
import { SharedInputs } from './shared-inputs.js';

export type ProgramOptions = Pick<SessionDescription, 'threads' | 'prepacking' | 'memoryArena'> & PrecisionOptions;

/** A graph that an executor can run: its session, and its variables' places there. */
export class Program {
  private readonly variables: readonly tf.Variable[];
  private readonly updated: readonly tf.Variable[];
  private readonly slots = new Map<tf.Variable, number>();
  private readonly variableFeeds: Record<string, SlotReference> = {};
  private readonly sharedInputs: SharedInputs | undefined;
  private readonly ready: Promise<number>;

  constructor(
    readonly graph: Graph,
    readonly executor: Executor,
    options: ProgramOptions,
  ) {
    this.updated = graph.updates.map(({ variable }) => variable as tf.Variable);
    this.variables = [...new Set([...graph.variables.map(variableOf), ...this.updated])];
    for (const variable of this.variables) this.slots.set(variable, executor.register(variable));
    const names = graph.names();
    for (const value of graph.variables) {
      this.variableFeeds[names.get(value)!] = { slot: this.slots.get(variableOf(value))! };
    }
    this.sharedInputs = executor.platform.sharesMemory ? new SharedInputs() : undefined;
    this.ready = this.createSession(options);
    this.ready.catch(() => {}); // `run` reports it.
  }

  /** Runs the graph on inputs in its order, stores the new values of variables, and returns the results in order. */
  async run(inputs: readonly Promise<TensorValues>[]): Promise<TensorValues[]> {
    const { executor, graph } = this;
    const session = await this.ready;
    const feeds: Record<string, TransferredTensor | SlotReference> = {};
    for (const [index, { name, value }] of graph.inputs.entries()) {
      const data = await inputs[index]!;
      if (!graph.uses(value)) continue;
      feeds[name] = { dtype: value.dtype, shape: value.shape, data: this.sharedInputs?.put(name, data) ?? data };
    }
    for (const variable of this.variables) await executor.upload(variable);
    for (const variable of this.updated) await executor.preserveShared(variable);
    Object.assign(feeds, this.variableFeeds);
    const results = await executor.run(session, feeds);
    for (const variable of this.updated) executor.adopt(variable);
    return results;
  }

  async dispose(): Promise<void> {
    const session = await this.ready.catch(() => undefined);
    for (const variable of this.variables) await this.executor.unregister(variable);
    if (session !== undefined) await this.executor.releaseSession(session);
  }

  private async createSession({ precision, isQuantized, ...options }: ProgramOptions): Promise<number> {
    const { executor, graph } = this;
    const quantized = precision === 'int8' ? await quantizeWeights(graph, isQuantized) : undefined;
    const model = lower(graph, loweringTarget(executor.provider), 'inputs', quantized);
    const inPlace = executor.provider === 'webgpu' ? new Set() : canUpdateInPlace(graph);
    const description = {
      ...options,
      provider: executor.provider,
      results: graph.outputs.map(({ name }) => name),
      updates: graph.updates.map((update, index) => ({
        output: updateName(index),
        slot: this.slots.get(update.variable as tf.Variable)!,
        inPlace: inPlace.has(update),
      })),
    };
    return executor.createSession(model, description);
  }
}

function variableOf({ source }: Value): tf.Variable {
  return (source as unknown as { variable: tf.Variable }).variable;
}

function loweringTarget(provider: string): LoweringTarget {
  return provider === 'cpu' || provider === 'webgpu' ? provider : 'standard';
}
