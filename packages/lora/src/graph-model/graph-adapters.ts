import * as tf from '@tensorflow/tfjs-core';
import type { TargetModules } from '../target-modules.js';
import { AdaptedWeight } from '../weight-adapters/adapted-weight.js';
import { WeightAdapters, type WholeWeight } from '../weight-adapters/weight-adapters.js';
import type { LayersLoraOptions } from '../weight-adapters/weights-configuration.js';
import {
  type AdaptableGraphWeight,
  adaptableGraphWeights,
  type GraphModel,
  graphMatcher,
  type OpenGraphModel,
  opened,
  selectGraphWeights,
} from './adaptable-graph.js';

/** What the configuration file says of a graph's adapter, which Python cannot load. */
export const GRAPH_FORMAT = 'tfjs-graph-model';

/**
 * Low-rank adapters of a `tf.GraphModel`: what `attachLora` returns for one. While the model is executed, by `predict`, `execute` or their asynchronous variants,
 * each adapted weight is W + scale·B·A, through which gradients flow: plain `tf.train` optimizers train the adapters.
 *
 * `model.save` writes what the adapters learned only after `unload()`.
 */
export class GraphAdapters extends WeightAdapters<AdaptableGraphWeight> {
  override readonly format = GRAPH_FORMAT;
  /** The model's own weights; whole ones are variables in it. */
  private readonly weights: OpenGraphModel['executor']['weightMap'];
  private readonly wholeVariables = new Map<string, tf.Variable>();
  private running: Promise<unknown> = Promise.resolve();

  /** Use `attachLora`. @param modulesToSave Weights that are trained as a whole; PEFT's `modules_to_save`. */
  constructor(
    readonly model: GraphModel,
    readonly modulesToSave: TargetModules = [],
  ) {
    super();
    const { executor } = opened(model);
    if (Object.hasOwn(executor, 'execute')) {
      throw new Error('The graph model already has adapters: use addAdapter of the handle that they belong to.');
    }
    this.weights = executor.weightMap;
    for (const name of wholeGraphNames(model, modulesToSave)) {
      const variable = tf.tidy(() => tf.variable(this.weights[name]![0]!));
      this.wholeVariables.set(name, variable);
      setWeight(model, this.weights, name, variable);
    }
    this.replaceExecution();
  }

  adaptable(): Map<string, AdaptableGraphWeight> {
    return adaptableGraphWeights(this.model);
  }

  whole(): Map<string, WholeWeight> {
    return wholeGraphWeights(this.model, this.modulesToSave);
  }

  wholeNames(): string[] {
    return [...this.wholeVariables.keys()];
  }

  trainableVariables(): tf.Variable[] {
    const trained = [...this.adapted.values()].flatMap((adapted) => adapted.trained);
    return [...trained.map(({ variable }) => variable), ...this.wholeVariables.values()];
  }

  protected select(targets: LayersLoraOptions['targetModules']): AdaptableGraphWeight[] {
    return selectGraphWeights(this.model, targets, this.modulesToSave);
  }

  protected adapt(weight: AdaptableGraphWeight): AdaptedWeight<AdaptableGraphWeight> {
    return new AdaptedWeight(weight, () => this.weights[weight.path]![0]!);
  }

  /** Only what is in `adapted` is replaced while the model is executed. */
  protected release(): void {}

  protected replaceOwn({ path }: AdaptableGraphWeight, values: tf.Tensor): void {
    setWeight(this.model, this.weights, path, tf.keep(tf.clone(values)));
    saveNewWeights(this.model);
  }

  /** The graph lists nothing that is trained. */
  protected trainedChanged(): void {}

  protected detachModel(): void {
    const { executor } = opened(this.model);
    delete (executor as Partial<typeof executor>).execute;
    delete (executor as Partial<typeof executor>).executeAsync;
    for (const [name, variable] of this.wholeVariables) {
      setWeight(this.model, this.weights, name, tf.keep(tf.tidy(() => tf.clone(variable))));
    }
    if (this.wholeVariables.size > 0) saveNewWeights(this.model);
    this.wholeVariables.clear();
  }

  protected ownCounts(): { trainable: number; all: number } {
    const sizes = (tensors: readonly tf.Tensor[]) => tensors.reduce((sum, { size }) => sum + size, 0);
    const all = Object.values(this.weights).flat();
    return {
      trainable: sizes([...this.wholeVariables.values()]),
      all: sizes(all.filter(({ dtype }) => dtype === 'float32')),
    };
  }

  /** Lets the executor find adapted weights while it runs. */
  private replaceExecution(): void {
    const { executor } = opened(this.model);
    const { execute, executeAsync } = executor;
    const withWeights = (weights: Record<string, tf.Tensor>) => {
      const before = executor.weightMap;
      const replaced = Object.entries(weights).map(([name, weight]) => [name, [weight]]);
      executor.weightMap = { ...before, ...Object.fromEntries(replaced) };
      return () => {
        executor.weightMap = before;
      };
    };
    const adaptedWeights = (read = (adapted: AdaptedWeight<AdaptableGraphWeight>) => adapted.read()) =>
      Object.fromEntries([...this.adapted].map(([name, adapted]) => [name, read(adapted)]));
    executor.execute = (inputs, outputs) =>
      tf.tidy(() => {
        const restore = withWeights(adaptedWeights());
        try {
          return execute.call(executor, inputs, outputs);
        } finally {
          restore();
        }
      });
    // One after the other: each puts the weights back that it found.
    executor.executeAsync = (inputs, outputs) => {
      const result = this.running.then(async () => {
        const copies = tf.tidy(() => adaptedWeights((adapted) => tf.keep(tf.clone(adapted.read()))));
        const restore = withWeights(copies);
        try {
          const results = await executeAsync.call(executor, inputs, outputs);
          const kept = new Set(Object.values(copies).map(({ id }) => id));
          return results.map((tensor) => (kept.has(tensor.id) ? tf.clone(tensor) : tensor));
        } finally {
          restore();
          tf.dispose(copies);
        }
      });
      this.running = result.catch(() => {});
      return result;
    };
  }
}

/** The weights that are saved whole, as the graph has them. */
export function wholeGraphWeights(model: GraphModel, modulesToSave: TargetModules): Map<string, WholeWeight> {
  const { weightMap } = opened(model).executor;
  return new Map(
    wholeGraphNames(model, modulesToSave).map((name) => [
      `${name}.weight`,
      {
        shape: weightMap[name]![0]!.shape,
        read: () => tf.clone(weightMap[name]![0]!),
        write: (values) => {
          const present = weightMap[name]![0]!;
          if (present instanceof tf.Variable) present.assign(values);
          else setWeight(model, weightMap, name, tf.keep(tf.clone(values)));
        },
      },
    ]),
  );
}

/** @throws if there should be some and are none. */
function wholeGraphNames(model: GraphModel, modulesToSave: TargetModules): string[] {
  const { weightMap } = opened(model).executor;
  const floats = Object.keys(weightMap).filter((name) => weightMap[name]![0]!.dtype === 'float32');
  const names = floats.filter(graphMatcher(modulesToSave));
  if (names.length === 0 && !(Array.isArray(modulesToSave) && modulesToSave.length === 0)) {
    throw new Error(
      `No weight matches modulesToSave ${String(modulesToSave)}. The graph's weights: ${floats.join(', ')}.`,
    );
  }
  return names;
}

/** Replaces one of the model's own weights, which is disposed. */
function setWeight(
  model: GraphModel,
  weights: OpenGraphModel['executor']['weightMap'],
  name: string,
  value: tf.Tensor,
): void {
  const before = weights[name]![0]!;
  weights[name] = [value];
  before.dispose();
  const { executor } = opened(model);
  // It takes note of the tensors; during an asynchronous run that is done at its end.
  if (executor.weightMap === weights) executor.weightMap = weights;
}

/** A graph model saves the bytes that it was loaded from: lets it write its weights as they are now. */
function saveNewWeights(model: GraphModel): void {
  const open = opened(model);
  if (Object.hasOwn(open, 'save')) return;
  open.save = async (handler, options) => {
    const tensors = Object.entries(open.executor.weightMap).map(([name, [tensor]]) => ({ name, tensor: tensor! }));
    const { data, specs } = await tf.io.encodeWeights(tensors);
    const { getWeightStream: _, ...artifacts } = open.artifacts;
    open.artifacts = { ...artifacts, weightData: data, weightSpecs: specs };
    delete (open as Partial<OpenGraphModel>).save;
    return open.save(handler, options);
  };
}
