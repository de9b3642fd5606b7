import { constant, kaimingUniform, normal, Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type NumberedLayers, onlyNumbered } from '../numbered-layers.js';
import { matcher, type TargetModules } from '../target-modules.js';
import { describeParameters, type TrainableParameters } from '../trainable-parameters.js';
import {
  type AdaptableLayer,
  adaptableLayers,
  type Layer,
  type LayersModel,
  type LayerVariable,
  layersOf,
} from './adaptable-layers.js';
import {
  type LayersConfiguration,
  type LayersLoraOptions,
  numbersFor,
  resolveLayersConfiguration,
} from './layers-configuration.js';

/**
 * Low-rank adapters of a `tf.LayersModel` or `tf.Sequential`: what `attachLora` returns for one. The weight of each adapted layer is W + scale·B·A whenever the
 * layer reads it, so `fit`, `predict`, `evaluate` and plain `tf.train` optimizers work as before, and train the adapters alone. A and B have PEFT's shapes.
 *
 * The adapters are among the model's weights while they are attached: save them by `saveAdapter`, and the model after `detach()`, or after `unload()`, which
 * keeps what they learned in it.
 */
export class LayersAdapters {
  private readonly adapted = new Map<string, AdaptedWeight>();
  private readonly configurations = new Map<string, LayersConfiguration>();
  /** Whether each weight of the model was trained before, or already frozen by other adapters. */
  private readonly before = new Map<LayerVariable, { trainable: boolean; frozen: boolean }>();
  private active: readonly string[] = [];
  private isAttached = true;

  /** Use `attachLora`. @param modulesToSave Layers that stay trained as a whole; PEFT's `modules_to_save`. */
  constructor(
    readonly model: LayersModel,
    readonly modulesToSave: TargetModules = [],
  ) {
    const isKept = matcher(modulesToSave);
    for (const [path, layer] of layersOf(model)) {
      for (const weight of layer.weights) {
        this.before.set(weight, { trainable: weight.trainable, frozen: Object.hasOwn(weight, 'trainable') });
        if (!isKept(path)) freeze(weight);
      }
    }
  }

  /** With a first adapter; the model is as it was if that throws. */
  static attach(
    model: LayersModel,
    modulesToSave: TargetModules | undefined,
    add: (adapters: LayersAdapters) => void,
  ): LayersAdapters {
    const adapters = new LayersAdapters(model, modulesToSave);
    try {
      add(adapters);
      return adapters;
    } catch (error) {
      adapters.dispose();
      throw error;
    }
  }

  get adapterNames(): string[] {
    return [...this.configurations.keys()];
  }

  get activeAdapters(): readonly string[] {
    return this.active;
  }

  /** @throws if there is no adapter of this name. */
  configuration(adapterName: string): LayersConfiguration {
    const configuration = this.configurations.get(adapterName);
    if (configuration) return configuration;
    throw new Error(
      `Unknown adapter "${adapterName}". Available: ${this.adapterNames.map((name) => `"${name}"`).join(', ') || 'none'}.`,
    );
  }

  /** The branches of an adapter, by the path of their layer. */
  branchesOf(adapterName: string): Map<string, { branch: Branch; layer: AdaptableLayer }> {
    this.configuration(adapterName);
    return new Map(
      [...this.adapted].flatMap(([path, { layer, branches }]) => {
        const branch = branches.get(adapterName);
        return branch ? [[path, { branch, layer }] as const] : [];
      }),
    );
  }

  /**
   * Adds an adapter. The first becomes active; later ones wait for `setAdapter`.
   *
   * @throws if the name is taken, no layer matches the targets, or an option is out of range; nothing has changed then.
   */
  addAdapter(adapterName: string, { targetModules, ...options }: LayersLoraOptions): void {
    const configuration = resolveLayersConfiguration(options);
    const selected = selectLayers(this.model, targetModules, configuration.general.numberedLayers);
    this.addConfigured(adapterName, configuration, selected);
  }

  /** What `addAdapter` does once it is known what and where: for adapters that were saved. */
  addConfigured(adapterName: string, configuration: LayersConfiguration, selected: readonly AdaptableLayer[]): void {
    this.refuseDetached();
    if (adapterName === '' || adapterName.includes('.')) {
      throw new Error(`Adapter names must not be empty or contain a dot, got "${adapterName}".`);
    }
    if (this.configurations.has(adapterName)) {
      throw new Error(`Adapter "${adapterName}" already exists: choose another name, or delete it first.`);
    }
    const embedding = selected.find(({ form }) => form.kind === 'embedding');
    if (configuration.dora && embedding) {
      throw new Error(`DoRA is not for embeddings, and ${embedding.path} is one: leave it out of targetModules.`);
    }
    const elsewhere = selected.find((layer) => !this.adapted.has(layer.path) && isAdapted(layer));
    if (elsewhere) {
      throw new Error(
        `${elsewhere.path} already has an adapter from elsewhere: use addAdapter of the handle that it belongs to.`,
      );
    }
    for (const layer of selected) {
      const adapted = this.adapted.get(layer.path) ?? new AdaptedWeight(layer);
      this.adapted.set(layer.path, adapted);
      adapted.add(adapterName, configuration);
    }
    this.configurations.set(adapterName, configuration);
    this.setAdapter(this.active.length === 0 ? adapterName : this.active);
  }

  /** Uses this adapter, or the sum of these, and no others. The active ones are trained. */
  setAdapter(adapterNames: string | readonly string[], { trainable = true }: { trainable?: boolean } = {}): void {
    const names = typeof adapterNames === 'string' ? [adapterNames] : [...new Set(adapterNames)];
    if (names.length === 0) throw new Error('Name at least one adapter; withAdaptersDisabled() uses none.');
    for (const name of names) this.configuration(name);
    this.active = names;
    for (const adapted of this.adapted.values()) adapted.activate(names, trainable);
    this.tellModel();
  }

  /** Removes an adapter and frees its tensors. If no active one is left, the first of the others becomes active. */
  deleteAdapter(adapterName: string): void {
    this.configuration(adapterName);
    for (const [path, adapted] of this.adapted) {
      adapted.delete(adapterName);
      if (adapted.branches.size > 0) continue;
      adapted.detach();
      this.adapted.delete(path);
    }
    this.configurations.delete(adapterName);
    const left = this.active.filter((name) => name !== adapterName);
    this.active = left;
    const next = left.length > 0 ? left : this.adapterNames.slice(0, 1);
    if (next.length > 0) this.setAdapter(next);
    else this.tellModel();
  }

  /**
   * Adds an adapter that does what a weighted sum of others does, as PEFT's `add_weighted_adapter` with the combination `cat`: exactly, its rank being the sum of
   * theirs. It waits for `setAdapter`.
   *
   * @param weights By adapter.
   * @throws if one of them is DoRA, whose change is no sum, or the adapters are of different layers.
   */
  async addWeightedAdapter(adapterName: string, weights: Readonly<Record<string, number>>): Promise<void> {
    const parts = Object.entries(weights).map(([name, weight]) => {
      if (this.configuration(name).dora) throw new Error(`The adapter "${name}" is DoRA, which cannot be summed up.`);
      return { weight, branches: this.branchesOf(name) };
    });
    const paths = [...(parts[0]?.branches.keys() ?? [])];
    if (parts.length === 0) throw new Error('Name at least one adapter with its weight.');
    if (parts.some(({ branches }) => branches.size !== paths.length || paths.some((path) => !branches.has(path)))) {
      throw new Error('Only adapters of the same layers can be summed up.');
    }
    const ranks = paths.map((path) => parts.reduce((sum, { branches }) => sum + branches.get(path)!.branch.rank, 0));
    const pattern = Object.fromEntries(paths.map((path, index) => [escaped(path), ranks[index]!]));
    const active = this.active;
    // Its scale is 1: alpha is the rank.
    const options = { rank: ranks[0]!, alpha: ranks[0]!, rankPattern: pattern, alphaPattern: pattern };
    this.addAdapter(adapterName, { ...options, targetModules: (path) => paths.includes(path) });
    for (const [path, { branch }] of this.branchesOf(adapterName)) {
      tf.tidy(() => {
        const each = parts.map(({ weight, branches }) => ({ weight, ...branches.get(path)!.branch }));
        const as = each.map(({ A, scale, weight }) => tf.mul(A.value, scale * weight));
        branch.A.assign(tf.concat(as, 0));
        branch.B.assign(
          tf.concat(
            each.map(({ B }) => B.value),
            1,
          ),
        );
      });
    }
    this.setAdapter(active);
  }

  /** Runs a function while the model computes as if it had no adapters; it must not be asynchronous. */
  withAdaptersDisabled<T>(run: () => T): T {
    for (const adapted of this.adapted.values()) adapted.enabled = false;
    try {
      return run();
    } finally {
      for (const adapted of this.adapted.values()) adapted.enabled = true;
    }
  }

  /** The variables that are trained: of the active adapters, and of `modulesToSave`. */
  trainableVariables(): tf.Variable[] {
    const weights = [...layersOf(this.model).values()].flatMap((layer) => layer.trainableWeights);
    return weights.map((weight) => weight.read() as tf.Variable);
  }

  /** How many numbers are trained, of how many; the adapters are counted in both. */
  trainableParameters(): TrainableParameters {
    const sizes = (variables: readonly LayerVariable[]) =>
      variables.reduce((sum, { shape }) => sum + (shape as number[]).reduce((product, size) => product * size, 1), 0);
    const weights = [...layersOf(this.model).values()];
    const trainable = sizes(weights.flatMap((layer) => layer.trainableWeights));
    const adapters = [...this.adapted.values()].reduce((sum, { branches }) => {
      return [...branches.values()].reduce(
        (all, branch) => all + parametersOf(branch).reduce((n, { size }) => n + size, 0),
        sum,
      );
    }, 0);
    const all = sizes([...this.before.keys()]) + adapters;
    return describeParameters(trainable, all);
  }

  /** Takes the adapters off the model, which is then as it was, its trained weights included. They can still be saved. */
  detach(): void {
    if (!this.isAttached) return;
    this.isAttached = false;
    for (const adapted of this.adapted.values()) adapted.detach();
    for (const [weight, { trainable, frozen }] of this.before) {
      if (!frozen) delete (weight as Partial<LayerVariable>).trainable;
      weight.trainable = trainable;
    }
    this.tellModel();
  }

  /** Adds what the active adapters learned to the model's own weights and takes them off: PEFT's `merge_and_unload`. */
  unload(): void {
    this.refuseDetached();
    for (const adapted of this.adapted.values()) adapted.mergeIntoWeight();
    this.dispose();
  }

  /** Takes the adapters off the model and frees their tensors. */
  dispose(): void {
    this.detach();
    for (const { branches } of this.adapted.values()) {
      for (const branch of branches.values()) for (const parameter of parametersOf(branch)) parameter.dispose();
      branches.clear();
    }
    this.adapted.clear();
    this.configurations.clear();
    this.active = [];
  }

  /** A model that was compiled before keeps a list of what it trains. */
  private tellModel(): void {
    const models = [this.model, (this.model as { model?: unknown }).model] as (Partial<CompiledModel> | undefined)[];
    for (const model of models)
      if (model?.collectedTrainableWeights) model.collectedTrainableWeights = model.trainableWeights!;
  }

  private refuseDetached(): void {
    if (!this.isAttached)
      throw new Error('These adapters were detached from their model: attach new ones with attachLora.');
  }
}

/** Until the property is deleted: `compile` of a `tf.Sequential` makes a new model of its layers, which sets all their weights to be trained. */
function freeze(weight: LayerVariable): void {
  weight.trainable = false;
  Object.defineProperty(weight, 'trainable', { configurable: true, get: () => false, set: () => {} });
}

interface CompiledModel {
  collectedTrainableWeights: LayerVariable[];
  trainableWeights: LayerVariable[];
}

/** The part of one adapter in one layer. */
export interface Branch {
  /** [rank,columns] */
  A: Parameter;
  /** [rows,rank] */
  B: Parameter;
  /** DoRA's lengths of rows, [rows]. */
  magnitude: Parameter | undefined;
  rank: number;
  scale: number;
}

/** @returns A, B and the magnitude, if there is one. */
function parametersOf({ A, B, magnitude }: Branch): Parameter[] {
  return magnitude ? [A, B, magnitude] : [A, B];
}

/** A layer's weight with adapters: in the layer's place for it stands what reads W + ΔW. */
class AdaptedWeight {
  enabled = true;
  readonly branches = new Map<string, Branch>();
  private active: Branch[] = [];
  private trained: LayerVariable[] = [];
  private readonly own: LayerVariable;

  constructor(readonly layer: AdaptableLayer) {
    const { layer: target, property } = layer;
    const holder = target as unknown as Record<string, LayerVariable>;
    this.own = holder[property]!;
    const { own } = this;
    holder[property] = Object.create(own, {
      isAdapted: { value: true },
      read: { value: () => this.weight() },
    });
    const weights = trainableWeightsOf(target);
    Object.defineProperty(target, 'trainableWeights', {
      configurable: true,
      get: () => [...weights(), ...this.trained],
    });
  }

  add(adapterName: string, configuration: LayersConfiguration): void {
    const { form, path } = this.layer;
    const { rank, scale } = numbersFor(configuration, path);
    const isEmbedding = form.kind === 'embedding';
    const branch: Branch = {
      A: new Parameter([rank, form.columns], { initialize: isEmbedding ? constant(0) : kaimingUniform() }),
      B: new Parameter([form.rows, rank], { initialize: isEmbedding ? normal() : constant(0) }),
      magnitude: configuration.dora ? new Parameter([form.rows], { initialize: constant(1) }) : undefined,
      rank,
      scale,
    };
    tf.tidy(() => branch.magnitude?.assign(rowLengths(form.fromLayer(this.own.read()))));
    this.branches.set(adapterName, branch);
  }

  activate(names: readonly string[], trainable: boolean): void {
    this.active = names.flatMap((name) => this.branches.get(name) ?? []);
    this.trained = [];
    for (const branch of this.branches.values()) {
      const isTrained = trainable && this.active.includes(branch);
      for (const parameter of parametersOf(branch)) {
        if (isTrained) parameter.unfreeze();
        else parameter.freeze();
      }
      if (isTrained)
        this.trained.push(...parametersOf(branch).map((parameter) => asLayerVariable(parameter, this.layer.path)));
    }
  }

  delete(adapterName: string): void {
    const branch = this.branches.get(adapterName);
    if (!branch) return;
    this.branches.delete(adapterName);
    this.active = this.active.filter((other) => other !== branch);
    this.trained = [];
    for (const parameter of parametersOf(branch)) parameter.dispose();
  }

  mergeIntoWeight(): void {
    const merged = tf.tidy(() => tf.clone(this.weight()));
    this.own.write(merged);
    merged.dispose();
  }

  detach(): void {
    const { layer, property } = this.layer;
    (layer as unknown as Record<string, LayerVariable>)[property] = this.own;
    delete (layer as Partial<Layer>).trainableWeights;
  }

  /** W + Σ scale·B·A; of DoRA each row has its magnitude's length. */
  private weight(): tf.Tensor {
    const own = this.own.read();
    if (!this.enabled || this.active.length === 0) return own;
    return tf.tidy(() => {
      const { form } = this.layer;
      const changes = this.active.map(({ A, B, magnitude, scale }) => {
        const change = tf.mul(tf.matMul(B.value as tf.Tensor2D, A.value as tf.Tensor2D), scale) as tf.Tensor2D;
        if (!magnitude) return form.toLayer(change);
        const matrix = form.fromLayer(own);
        const sum = tf.add(matrix, change);
        // As in PEFT, no gradient goes through the length.
        const factor = tf.reshape(tf.div(magnitude.value, withoutGradient(rowLengths(sum))), [form.rows, 1]);
        return form.toLayer(tf.sub(tf.mul(factor, sum), matrix) as tf.Tensor2D);
      });
      return tf.addN([own, ...changes]);
    });
  }
}

function isAdapted({ layer, property }: AdaptableLayer): boolean {
  return 'isAdapted' in (layer as unknown as Record<string, object>)[property]!;
}

/** The trainable weights of a layer as its class computes them. */
function trainableWeightsOf(layer: Layer): () => LayerVariable[] {
  let prototype = Object.getPrototypeOf(layer);
  while (prototype && !Object.getOwnPropertyDescriptor(prototype, 'trainableWeights'))
    prototype = Object.getPrototypeOf(prototype);
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'trainableWeights')!;
  return () => get!.call(layer) as LayerVariable[];
}

/** A parameter as a layer's variable, for what collects those and trains them. */
function asLayerVariable(parameter: Parameter, path: string): LayerVariable {
  const { variable } = parameter;
  return Object.assign(
    {
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

function rowLengths(matrix: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(matrix), 1));
}

const withoutGradient = tf.customGrad((x) => ({
  value: (x as tf.Tensor).clone(),
  gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
}));

/** @throws if there are none, with the names that there are. */
function selectLayers(
  model: LayersModel,
  targets: LayersLoraOptions['targetModules'],
  numbered: NumberedLayers | undefined,
): AdaptableLayer[] {
  const all = [...adaptableLayers(model).values()];
  const isTarget = targets === 'all-linear' ? undefined : matcher(targets);
  const selected = all.filter(({ path, form }) => (isTarget ? isTarget(path) : form.kind === 'linear'));
  if (selected.length > 0) {
    const paths = onlyNumbered(
      selected.map(({ path }) => path),
      numbered,
    );
    return selected.filter(({ path }) => paths.includes(path));
  }
  const names = all.map(({ path }) => path).join(', ');
  throw new Error(
    names === ''
      ? 'The model has no Dense, Conv1D, Conv2D, DepthwiseConv2D or Embedding layer, so there is nothing for LoRA to adapt.'
      : `No layer matches the target modules ${String(targets)}. Layers that can be adapted: ${names}.`,
  );
}

function escaped(path: string): string {
  return path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
