import * as tf from '@tensorflow/tfjs-core';
import { onlyNumbered } from '../numbered-layers.js';
import type { TargetModules } from '../target-modules.js';
import { describeParameters, type TrainableParameters } from '../trainable-parameters.js';
import { type AdaptableWeight, type AdaptedWeight, type Branch, parametersOf } from './adapted-weight.js';
import { registerEinsumGradient } from './einsum-gradient.js';
import {
  type LayersLoraOptions,
  resolveWeightsConfiguration,
  type WeightsConfiguration,
} from './weights-configuration.js';

/** A weight that is saved as a whole, in the order in which files have it. */
export interface WholeWeight {
  shape: readonly number[];
  read(): tf.Tensor;
  write(values: tf.Tensor): void;
}

/** Low-rank adapters that change the weights of a model, W + scale·B·A: what is the same for all models. */
export abstract class WeightAdapters<Weight extends AdaptableWeight = AdaptableWeight> {
  protected readonly adapted = new Map<string, AdaptedWeight<Weight>>();
  private readonly configurations = new Map<string, WeightsConfiguration>();
  private active: readonly string[] = [];
  private trainable = true;
  private isMerged = false;
  private isAttached = true;

  /** What the configuration file says of the model, beside what PEFT writes. */
  readonly format: string | undefined = undefined;

  abstract readonly model: unknown;
  abstract readonly modulesToSave: TargetModules;

  /** Every weight that can be adapted, by path. */
  abstract adaptable(): Map<string, Weight>;
  /** The weights of `modulesToSave`, by their names in files. */
  abstract whole(): Map<string, WholeWeight>;
  /** The names of `modulesToSave`. */
  abstract wholeNames(): string[];
  /** The variables that are trained: of the active adapters, and of `modulesToSave`. */
  abstract trainableVariables(): tf.Variable[];

  /** @throws if there are none, with the names that there are. */
  protected abstract select(targets: LayersLoraOptions['targetModules']): Weight[];
  /** Lets the model read the adapted weight. @throws if it belongs to other adapters. */
  protected abstract adapt(weight: Weight): AdaptedWeight<Weight>;
  /** Lets the model read its own weight again. */
  protected abstract release(adapted: AdaptedWeight<Weight>): void;
  protected abstract replaceOwn(weight: Weight, values: tf.Tensor): void;
  /** Called when other parameters are trained than before. */
  protected abstract trainedChanged(): void;
  /** Makes the model what it was, once its weights are. */
  protected abstract detachModel(): void;
  /** How many numbers the model itself has, and how many of them are trained. */
  protected abstract ownCounts(): { trainable: number; all: number };

  constructor() {
    registerEinsumGradient();
  }

  get adapterNames(): string[] {
    return [...this.configurations.keys()];
  }

  get activeAdapters(): readonly string[] {
    return this.active;
  }

  /** True between `merge()` and `unmerge()`. */
  get merged(): boolean {
    return this.isMerged;
  }

  /** @throws if there is no adapter of this name. */
  configuration(adapterName: string): WeightsConfiguration {
    const configuration = this.configurations.get(adapterName);
    if (configuration) return configuration;
    throw new Error(
      `Unknown adapter "${adapterName}". Available: ${this.adapterNames.map((name) => `"${name}"`).join(', ') || 'none'}.`,
    );
  }

  /** The branches of an adapter, by the path of their weight. */
  branchesOf(adapterName: string): Map<string, { branch: Branch; weight: Weight }> {
    this.configuration(adapterName);
    return new Map(
      [...this.adapted].flatMap(([path, { weight, branches }]) => {
        const branch = branches.get(adapterName);
        return branch ? [[path, { branch, weight }] as const] : [];
      }),
    );
  }

  /**
   * Adds an adapter. The first becomes active; later ones wait for `setAdapter`.
   *
   * @throws if the name is taken, nothing matches the targets, or an option is out of range; nothing has changed then.
   */
  addAdapter(adapterName: string, { targetModules, ...options }: LayersLoraOptions): void {
    this.checkName(adapterName);
    const configuration = resolveWeightsConfiguration(options);
    const matching = new Map(this.select(targetModules).map((weight) => [weight.path, weight]));
    const paths = onlyNumbered([...matching.keys()], configuration.general.numberedLayers);
    this.addConfigured(
      adapterName,
      configuration,
      paths.map((path) => matching.get(path)!),
    );
  }

  /** What `addAdapter` does once it is known what and where: for adapters that were saved. */
  addConfigured(adapterName: string, configuration: WeightsConfiguration, selected: readonly Weight[]): void {
    this.checkName(adapterName);
    const embedding = selected.find(({ form }) => form.kind === 'embedding');
    if (configuration.dora && embedding) {
      throw new Error(`DoRA is not for embeddings, and ${embedding.path} is one: leave it out of targetModules.`);
    }
    const added: AdaptedWeight<Weight>[] = [];
    try {
      for (const weight of selected.filter(({ path }) => !this.adapted.has(path))) added.push(this.adapt(weight));
    } catch (error) {
      for (const adapted of added) this.release(adapted);
      throw error;
    }
    for (const adapted of added) this.adapted.set(adapted.weight.path, adapted);
    for (const { path } of selected) this.adapted.get(path)!.add(adapterName, configuration);
    this.configurations.set(adapterName, configuration);
    if (this.active.length === 0) this.setAdapter(adapterName);
    else this.setAdapter(this.active, { trainable: this.trainable });
  }

  /** Uses this adapter, or the sum of these, and no others. The active ones are trained. */
  setAdapter(adapterNames: string | readonly string[], { trainable = true }: { trainable?: boolean } = {}): void {
    this.refuseWhileMerged('change the active adapters');
    const names = typeof adapterNames === 'string' ? [adapterNames] : [...new Set(adapterNames)];
    if (names.length === 0) throw new Error('Name at least one adapter; withAdaptersDisabled() uses none.');
    for (const name of names) this.configuration(name);
    this.active = names;
    this.trainable = trainable;
    this.activate(trainable);
  }

  /** Removes an adapter and frees its tensors. If no active one is left, the first of the others becomes active. */
  deleteAdapter(adapterName: string): void {
    this.refuseWhileMerged('delete an adapter');
    this.configuration(adapterName);
    for (const [path, adapted] of this.adapted) {
      adapted.delete(adapterName);
      if (adapted.branches.size > 0) continue;
      if (this.isAttached) this.release(adapted);
      this.adapted.delete(path);
    }
    this.configurations.delete(adapterName);
    this.active = this.active.filter((name) => name !== adapterName);
    const next = this.adapterNames.slice(0, 1);
    if (this.active.length > 0) this.setAdapter(this.active, { trainable: this.trainable });
    else if (next.length > 0) this.setAdapter(next);
    else if (this.isAttached) this.trainedChanged();
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
    // The longest first: a pattern of a path also matches those that end in it.
    const paths = [...(parts[0]?.branches.keys() ?? [])].sort((one, other) => other.length - one.length);
    if (parts.length === 0) throw new Error('Name at least one adapter with its weight.');
    if (parts.some(({ branches }) => branches.size !== paths.length || paths.some((path) => !branches.has(path)))) {
      throw new Error('Only adapters of the same layers can be summed up.');
    }
    const ranks = paths.map((path) => parts.reduce((sum, { branches }) => sum + branches.get(path)!.branch.rank, 0));
    const pattern = Object.fromEntries(paths.map((path, index) => [escaped(path), ranks[index]!]));
    // Its scale is 1: alpha is the rank.
    const options = { rank: ranks[0]!, alpha: ranks[0]!, rankPattern: pattern, alphaPattern: pattern };
    this.addConfigured(
      adapterName,
      resolveWeightsConfiguration(options),
      [...parts[0]!.branches.values()].map(({ weight }) => weight),
    );
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

  /** How many numbers are trained, of how many; the adapters are counted in both. */
  trainableParameters(): TrainableParameters {
    const sizeOf = (parameters: readonly { size: number }[]) => parameters.reduce((sum, { size }) => sum + size, 0);
    const own = this.ownCounts();
    const adapted = [...this.adapted.values()];
    return describeParameters(
      own.trainable + sizeOf(adapted.flatMap(({ trained }) => trained)),
      own.all + sizeOf(adapted.flatMap(({ branches }) => [...branches.values()].flatMap(parametersOf))),
    );
  }

  /**
   * Computes W + scale·B·A once and keeps it, until `unmerge()`: predictions cost as much as without adapters. That is one more copy of each adapted weight, and
   * the adapters are not trained meanwhile.
   */
  merge(): void {
    this.refuseWhileMerged('merge again');
    this.refuseDetached();
    this.isMerged = true;
    for (const adapted of this.adapted.values()) adapted.merge();
    this.activate(false);
  }

  /** Does nothing when not merged. */
  unmerge(): void {
    if (!this.isMerged) return;
    this.isMerged = false;
    for (const adapted of this.adapted.values()) adapted.unmerge();
    this.activate(this.trainable);
  }

  /** Takes the adapters off the model, which is then as it was, its trained weights included. They can still be saved. */
  detach(): void {
    if (!this.isAttached) return;
    this.unmerge();
    this.isAttached = false;
    for (const adapted of this.adapted.values()) this.release(adapted);
    this.detachModel();
  }

  /** Adds what the active adapters learned to the model's own weights and takes them off: PEFT's `merge_and_unload`. */
  unload(): void {
    this.refuseDetached();
    for (const adapted of this.adapted.values()) {
      const merged = tf.tidy(() => tf.clone(adapted.read()));
      this.replaceOwn(adapted.weight, merged);
      merged.dispose();
    }
    this.dispose();
  }

  /** Takes the adapters off the model and frees their tensors. */
  dispose(): void {
    this.detach();
    for (const adapted of this.adapted.values()) adapted.dispose();
    this.adapted.clear();
    this.configurations.clear();
    this.active = [];
  }

  private activate(trainable: boolean): void {
    for (const adapted of this.adapted.values()) adapted.activate(this.active, trainable);
    if (this.isAttached) this.trainedChanged();
  }

  private checkName(adapterName: string): void {
    this.refuseDetached();
    this.refuseWhileMerged('add an adapter');
    if (adapterName === '' || adapterName.includes('.')) {
      throw new Error(`Adapter names must not be empty or contain a dot, got "${adapterName}".`);
    }
    if (this.configurations.has(adapterName)) {
      throw new Error(`Adapter "${adapterName}" already exists: choose another name, or delete it first.`);
    }
  }

  private refuseDetached(): void {
    if (!this.isAttached)
      throw new Error('These adapters were detached from their model: attach new ones with attachLora.');
  }

  private refuseWhileMerged(what: string): void {
    if (this.isMerged) throw new Error(`Cannot ${what} while the adapters are merged: call unmerge() first.`);
  }
}

/** Gives a new handle its first adapter; the model is as it was if that throws. */
export function withFirstAdapter<Adapters extends { dispose(): void }>(
  adapters: Adapters,
  add: (adapters: Adapters) => void,
): Adapters {
  try {
    add(adapters);
    return adapters;
  } catch (error) {
    adapters.dispose();
    throw error;
  }
}

function escaped(path: string): string {
  return path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
