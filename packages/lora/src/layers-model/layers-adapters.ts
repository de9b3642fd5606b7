import type { Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { matcher, type TargetModules } from '../target-modules.js';
import { AdaptedWeight } from '../weight-adapters/adapted-weight.js';
import { WeightAdapters, type WholeWeight } from '../weight-adapters/weight-adapters.js';
import type { LayersLoraOptions } from '../weight-adapters/weights-configuration.js';
import {
  type AdaptableLayer,
  adaptableLayers,
  type Layer,
  type LayersModel,
  type LayerVariable,
  layersInside,
  layersOf,
  selectLayers,
  variablesOf,
} from './adaptable-layers.js';

/**
 * Low-rank adapters of a `tf.LayersModel` or `tf.Sequential`: what `attachLora` returns for one. The weight of each adapted layer is W + scale·B·A whenever the
 * layer reads it, so `fit`, `predict`, `evaluate` and plain `tf.train` optimizers work as before, and train the adapters alone. A and B have PEFT's shapes.
 *
 * The adapters are among the model's weights while they are attached: save them by `saveAdapter`, and the model after `detach()`, or after `unload()`, which
 * keeps what they learned in it.
 */
export class LayersAdapters extends WeightAdapters<AdaptableLayer> {
  /** Whether each weight of the model was trained before, or already frozen by other adapters. */
  private readonly before = new Map<LayerVariable, { trainable: boolean; frozen: boolean }>();
  /** The variables in whose place adapted ones are. */
  private readonly replaced = new Map<AdaptableLayer, LayerVariable>();
  /** How layers that hold their weights were called before. */
  private readonly calls = new Map<Layer, PropertyDescriptor | undefined>();

  /** Use `attachLora`. @param modulesToSave Layers that stay trained as a whole; PEFT's `modules_to_save`. */
  constructor(
    readonly model: LayersModel,
    readonly modulesToSave: TargetModules = [],
  ) {
    super();
    const isKept = matcher(modulesToSave);
    for (const [path, layer] of layersOf(model)) {
      for (const { variable } of variablesOf(layer, path)) {
        if (this.before.has(variable)) continue;
        this.before.set(variable, {
          trainable: variable.trainable,
          frozen: Object.hasOwn(variable, 'trainable'),
        });
        if (!isKept(path)) freeze(variable);
      }
    }
  }

  adaptable(): Map<string, AdaptableLayer> {
    return adaptableLayers(this.model);
  }

  whole(): Map<string, WholeWeight> {
    return wholeLayerWeights(this.model, this.modulesToSave);
  }

  wholeNames(): string[] {
    return wholeLayers(this.model, this.modulesToSave).map(([path]) => path);
  }

  trainableVariables(): tf.Variable[] {
    return this.layers()
      .flatMap((layer) => layer.trainableWeights)
      .map((weight) => weight.read() as tf.Variable);
  }

  protected select(targets: LayersLoraOptions['targetModules']): AdaptableLayer[] {
    return selectLayers(this.model, targets, this.modulesToSave);
  }

  protected adapt(weight: AdaptableLayer): AdaptedWeight<AdaptableLayer> {
    const { holder, property, path } = weight;
    const own = holder[property]!;
    if ('isAdapted' in own) {
      throw new Error(
        `${path} already has an adapter from elsewhere: use addAdapter of the handle that it belongs to.`,
      );
    }
    const adapted = new AdaptedWeight(weight, () => own.read());
    this.replaced.set(weight, own);
    holder[property] = Object.create(own, {
      isAdapted: { value: true },
      read: { value: () => adapted.read() },
    });
    return adapted;
  }

  protected release({ weight }: AdaptedWeight<AdaptableLayer>): void {
    const own = this.replaced.get(weight);
    if (!own) return;
    this.replaced.delete(weight);
    weight.holder[weight.property] = own;
    const { layer } = weight;
    if ([...this.replaced.keys()].some((other) => other.layer === layer)) return;
    delete (layer as Partial<Layer>).trainableWeights;
    if (!this.calls.has(layer)) return;
    const call = this.calls.get(layer);
    if (call) Object.defineProperty(layer, 'call', call);
    else delete (layer as Partial<Layer>).call;
    this.calls.delete(layer);
  }

  protected replaceOwn(weight: AdaptableLayer, values: tf.Tensor): void {
    this.replaced.get(weight)!.write(values);
  }

  /** Each layer lists what is trained in it, and a model that was compiled before keeps a list of all. */
  protected trainedChanged(): void {
    const adapted = [...this.adapted.values()];
    for (const layer of new Set(adapted.map(({ weight }) => weight.layer))) {
      const those = adapted.filter(({ weight }) => weight.layer === layer);
      const trained = those.flatMap(({ trained: parameters, weight }) =>
        parameters.map((parameter) => asLayerVariable(parameter, weight.path)),
      );
      const own = trainableWeightsOf(layer);
      Object.defineProperty(layer, 'trainableWeights', {
        configurable: true,
        get: () => [...own(), ...trained],
      });
      // Recurrent layers read their weights at every step.
      if (!this.calls.has(layer) && layersInside(layer, '').size > 1) this.holdWeights(layer);
    }
    this.tellModel();
  }

  protected detachModel(): void {
    for (const [weight, { trainable, frozen }] of this.before) {
      if (!frozen) delete (weight as Partial<LayerVariable>).trainable;
      weight.trainable = trainable;
    }
    this.tellModel();
  }

  protected ownCounts(): { trainable: number; all: number } {
    const sizes = (variables: readonly LayerVariable[]) =>
      variables.reduce((sum, { shape }) => sum + (shape as number[]).reduce((product, size) => product * size, 1), 0);
    const trained = this.layers().flatMap((layer) => layer.trainableWeights);
    return {
      trainable: sizes(trained.filter((each) => !('isOfAdapter' in each))),
      all: sizes([...this.before.keys()]),
    };
  }

  /** Lets a layer compute each of its adapted weights once in a call. */
  private holdWeights(layer: Layer): void {
    this.calls.set(layer, Object.getOwnPropertyDescriptor(layer, 'call'));
    const call = layer.call;
    const weights = () => [...this.adapted.values()].filter(({ weight }) => weight.layer === layer);
    const withHeld: Layer['call'] = (inputs, options) =>
      weights().reduce(
        (run, adapted) => () => adapted.hold(run),
        () => call.call(layer, inputs, options),
      )();
    Object.defineProperty(layer, 'call', { configurable: true, writable: true, value: withHeld });
  }

  private layers(): Layer[] {
    return [...new Set(layersOf(this.model).values())];
  }

  /** A model that was compiled before trains what is trained now, with an optimizer that has seen nothing else: it counts weights by their places. */
  private tellModel(): void {
    const models = [this.model, (this.model as { model?: unknown }).model] as (Partial<CompiledModel> | undefined)[];
    const fresh = new Map<tf.Optimizer, tf.Optimizer>();
    for (const model of models) {
      const before = model?.collectedTrainableWeights;
      if (!before) continue;
      const { trainableWeights: now, optimizer_: optimizer } = model as CompiledModel;
      model.collectedTrainableWeights = now;
      const isSame = before.length === now.length && before.every((weight, at) => weight.read() === now[at]!.read());
      if (isSame || optimizer.iterations === 0) continue;
      const other = fresh.get(optimizer) ?? freshOptimizer(optimizer);
      fresh.set(optimizer, other);
      model.optimizer_ = other;
    }
    const owner = this.model as Partial<CompiledModel>;
    // One that the model was given belongs to the caller.
    for (const optimizer of fresh.keys()) if (owner.isOptimizerOwned) optimizer.dispose();
    for (const model of models) if (fresh.size > 0 && model?.optimizer_) model.isOptimizerOwned = true;
  }
}

/** The weights of the layers that are saved whole, by PyTorch's names where it has them. */
export function wholeLayerWeights(model: LayersModel, modulesToSave: TargetModules): Map<string, WholeWeight> {
  const adaptable = adaptableLayers(model);
  const found = new Map<string, WholeWeight>();
  for (const [layerPath, layer] of wholeLayers(model, modulesToSave)) {
    for (const { path, variable } of variablesOf(layer, layerPath)) {
      const { holder, property, form } = adaptable.get(path) ?? {};
      const isMain = holder?.[property!]?.originalName === variable.originalName;
      const name = isMain ? 'weight' : variable.originalName.slice(variable.originalName.lastIndexOf('/') + 1);
      found.set(`${path}.${name}`, wholeWeight(variable, isMain && form!.kind !== 'embedding' ? form : undefined));
    }
  }
  return found;
}

/** @param form Where PyTorch has the weight in another order. */
function wholeWeight(variable: LayerVariable, form: AdaptableLayer['form'] | undefined): WholeWeight {
  if (!form)
    return {
      shape: variable.shape as number[],
      read: () => tf.clone(variable.read()),
      write: (values) => void variable.write(values),
    };
  return {
    shape: form.shape,
    read: () => tf.tidy(() => tf.reshape(form.fromModel(variable.read()), [...form.shape])),
    write: (values) =>
      tf.tidy(() => void variable.write(form.toModel(tf.reshape(values, [form.rows, form.columns]) as tf.Tensor2D))),
  };
}

function wholeLayers(model: LayersModel, modulesToSave: TargetModules): [path: string, layer: Layer][] {
  const isWhole = matcher(modulesToSave);
  return [...layersOf(model)].filter(([path]) => isWhole(path));
}

/** Until the property is deleted: `compile` of a `tf.Sequential` makes a new model of its layers, which sets all their weights to be trained. */
function freeze(weight: LayerVariable): void {
  weight.trainable = false;
  Object.defineProperty(weight, 'trainable', { configurable: true, get: () => false, set: () => {} });
}

/** The trainable weights of a layer as its class computes them. */
function trainableWeightsOf(layer: Layer): () => LayerVariable[] {
  let prototype = Object.getPrototypeOf(layer);
  while (!Object.hasOwn(prototype, 'trainableWeights')) prototype = Object.getPrototypeOf(prototype);
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'trainableWeights')!;
  return () => get!.call(layer) as LayerVariable[];
}

interface CompiledModel {
  collectedTrainableWeights: LayerVariable[];
  trainableWeights: LayerVariable[];
  optimizer_: tf.Optimizer;
  isOptimizerOwned: boolean;
}

/** One with the same settings that has not taken a step. */
function freshOptimizer(optimizer: tf.Optimizer): tf.Optimizer {
  const kind = optimizer.constructor as unknown as {
    fromConfig(kind: unknown, config: tf.serialization.ConfigDict): tf.Optimizer;
  };
  return kind.fromConfig(kind, optimizer.getConfig());
}

/** A parameter as a layer's variable, for what collects those and trains them. */
function asLayerVariable(parameter: Parameter, path: string): LayerVariable {
  const { variable } = parameter;
  return Object.assign(
    {
      isOfAdapter: true,
      read: () => parameter.variable,
      write: (values: tf.Tensor) => parameter.assign(values),
      dispose: () => {},
      trainable: true,
      shape: parameter.shape,
      dtype: 'float32',
    },
    { id: variable.id, name: `${path}/${variable.name}`, originalName: `${path}/${variable.name}`, constraint: null },
  );
}
