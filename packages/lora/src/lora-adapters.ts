import { type Linear, Module } from '@llm-mde/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { architectureOf, defaultTargetModules, toPythonPaths } from './architectures.js';
import { type LoraConfiguration, type LoraOptions, resolveConfiguration } from './lora-configuration.js';
import { LoraLayer } from './lora-layer.js';
import { onlyNumbered } from './numbered-layers.js';
import { selectLinears } from './target-modules.js';
import { describeParameters, type TrainableParameters } from './trainable-parameters.js';

export interface SetAdapterOptions {
  /** Whether the adapters that become active are trained. @default true */
  trainable?: boolean;
}

/**
 * The adapters of one module: what `attachLora` and `loadAdapter` return. They are parameters of this handle, not of the module: its
 * state dict has names such as `encoder.layer.0.attention.attention.query.lora_A.default.weight`.
 *
 * Several named adapters can be present, with other ranks and other targets. Those that are active add to the module's output; the others
 * are not trained. Dropout follows the mode of the adapted module, whatever the mode of this handle.
 */
export class LoraAdapters extends Module {
  private readonly layers = new Map<string, LoraLayer>();
  private readonly configurations = new Map<string, LoraConfiguration>();
  private active: string[] = [];
  private isEnabled = true;
  private isMerged = false;
  private isDetached = false;

  /** @param base The module to adapt. Call `addAdapter` next, or use `attachLora`, which does both and freezes the module. */
  constructor(readonly base: Module) {
    super();
    if (typeof base?.namedModules !== 'function') {
      throw new TypeError(
        'LoRA adapts modules of @llm-mde/nn, such as VisionEncoder and Bert, models of tf.layers and tf.GraphModel: give attachLora one of these.',
      );
    }
  }

  /** Names of all adapters, in the order in which they were added. */
  get adapterNames(): string[] {
    return [...this.configurations.keys()];
  }

  /** Names of the adapters that are in use. */
  get activeAdapters(): readonly string[] {
    return this.active;
  }

  /** False between `disable()` and `enable()`. */
  get enabled(): boolean {
    return this.isEnabled;
  }

  /** True between `merge()` and `unmerge()`. */
  get merged(): boolean {
    return this.isMerged;
  }

  /** @throws if there is no adapter of this name. */
  configuration(adapterName: string): LoraConfiguration {
    const configuration = this.configurations.get(adapterName);
    if (configuration) return configuration;
    const names = this.adapterNames.map((name) => `"${name}"`).join(', ');
    throw new Error(`Unknown adapter "${adapterName}". Available: ${names || 'none'}.`);
  }

  /** The layers that an adapter has a branch in, by the path of their Linear. */
  layersOf(adapterName: string): LoraLayer[] {
    this.configuration(adapterName);
    return [...this.layers.values()].filter((layer) => layer.factors(adapterName));
  }

  /**
   * Adds an adapter. The first becomes active; later ones wait for `setAdapter`.
   *
   * @param adapterName Any name without a dot.
   * @throws if the name is taken, no Linear matches the targets, or an option is out of range; nothing has changed then.
   */
  addAdapter(adapterName: string, options: LoraOptions = {}): void {
    this.checkName(adapterName);
    const configuration = resolveConfiguration(options);
    const matching = selectLinears(this.base, options.targetModules ?? defaultTargetModules(this.base));
    const paths = onlyNumbered([...matching.keys()], configuration.numberedLayers);
    this.addConfigured(adapterName, configuration, new Map(paths.map((path) => [path, matching.get(path)!])));
  }

  /** What `addAdapter` does once it is known what and where: for adapters that were saved. */
  addConfigured(adapterName: string, configuration: LoraConfiguration, selected: ReadonlyMap<string, Linear>): void {
    this.checkName(adapterName);
    for (const [path, linear] of selected) {
      if (linear.hasAdapter && !this.layers.has(path)) {
        throw new Error(
          `${path} already has an adapter from elsewhere: use addAdapter of the handle that it belongs to, or detach that first.`,
        );
      }
    }
    const architecture = architectureOf(this.base);
    for (const [path, linear] of selected) {
      let layer = this.layers.get(path);
      if (!layer) {
        // One A and B for each Linear that it is in Python, as PEFT has.
        layer = this.register(path, new LoraLayer(path, linear, toPythonPaths(path, architecture).length));
        layer.enabled = this.isEnabled;
        linear.setAdapter(layer);
        this.layers.set(path, layer);
      }
      layer.addBranch(adapterName, configuration);
    }
    this.configurations.set(adapterName, configuration);
    if (this.configurations.size === 1) this.setAdapter(adapterName);
    else for (const { A, B } of this.factorsOf(adapterName)) for (const factor of [A, B]) factor.freeze();
  }

  /** Uses this adapter, or the sum of these, and no others. The active ones become trainable, the others are frozen. */
  setAdapter(adapterNames: string | readonly string[], { trainable = true }: SetAdapterOptions = {}): void {
    this.refuseWhileMerged('change the active adapters');
    const names = typeof adapterNames === 'string' ? [adapterNames] : [...new Set(adapterNames)];
    if (names.length === 0) throw new Error('Name at least one adapter; disable() uses none.');
    for (const name of names) this.configuration(name);
    for (const layer of this.layers.values()) layer.activate(names, trainable);
    this.active = names;
  }

  /** Removes an adapter and frees its tensors. If no active one is left, the first of the others becomes active. */
  deleteAdapter(adapterName: string): void {
    this.refuseWhileMerged('delete an adapter');
    this.configuration(adapterName);
    for (const [path, layer] of this.layers) {
      layer.deleteBranch(adapterName);
      if (layer.branchCount > 0) continue;
      if (!this.isDetached) layer.linear.setAdapter(undefined);
      this.unregister(path);
      this.layers.delete(path);
    }
    this.configurations.delete(adapterName);
    this.active = this.active.filter((name) => name !== adapterName);
    const [next] = this.adapterNames;
    if (this.active.length === 0 && next !== undefined) this.setAdapter(next);
  }

  /** How many numbers are trained, of how many: those of the module and of the adapters. */
  trainableParameters(): TrainableParameters {
    const count = (options?: { trainableOnly: boolean }) =>
      this.base.parameterCount(options) + this.parameterCount(options);
    return describeParameters(count({ trainableOnly: true }), count());
  }

  /** Lets the module compute as if it had no adapters, until `enable()`. */
  disable(): void {
    this.refuseWhileMerged('disable the adapters');
    this.setEnabled(false);
  }

  enable(): void {
    this.setEnabled(true);
  }

  /** Runs a function while the adapters are disabled. It must not be asynchronous. */
  withAdaptersDisabled<T>(run: () => T): T {
    const before = this.isEnabled;
    this.disable();
    try {
      return run();
    } finally {
      this.setEnabled(before);
    }
  }

  /**
   * Adds the active adapters to the module's weights: W + scale·B·A replaces W, and predictions cost as much as without
   * adapters. The module's state dict has the merged weights meanwhile. W is kept beside them until `unmerge()`, for which reason that
   * gives it back bit for bit.
   *
   * @throws in training mode: merged adapters cannot be trained.
   */
  merge(): void {
    this.refuseWhileMerged('merge again');
    if (this.isDetached) throw new Error('These adapters were detached from their module and can no longer be merged.');
    if (!this.isEnabled) throw new Error('The adapters are disabled: call enable() before merge().');
    for (const { path, linear } of this.layers.values()) {
      if (linear.training) {
        throw new Error(
          `${path} is in training mode, and merged adapters cannot be trained: call eval() before merge().`,
        );
      }
    }
    this.isMerged = true;
    try {
      for (const layer of this.layers.values()) layer.merge();
    } catch (error) {
      this.unmerge();
      throw error;
    }
  }

  /** The weights that `merge` sets, by the path of their Linear. The tensors belong to the caller. */
  mergedWeights(): Map<string, tf.Tensor> {
    this.refuseWhileMerged('merge again');
    const weights = [...this.layers].map(([path, layer]) => [path, layer.mergedWeight()] as const);
    return new Map(weights.filter((entry): entry is [string, tf.Tensor] => entry[1] !== undefined));
  }

  /**
   * Runs a function while these weights replace the adapted ones, as if the adapters were merged; nothing is copied. It must
   * not be asynchronous.
   *
   * @param weights From `mergedWeights`, or as many tensors of the same shapes.
   */
  withMergedWeights<T>(weights: ReadonlyMap<string, tf.Tensor>, run: () => T): T {
    const inPlace = [...weights].reduce(
      (next, [path, weight]) =>
        () =>
          this.layers.get(path)!.linear.weight.withValue(weight, next),
      run,
    );
    return this.withAdaptersDisabled(inPlace);
  }

  /** Gives the module its own weights back, bit for bit; changes that were made to merged weights are lost. Does nothing when not merged. */
  unmerge(): void {
    for (const layer of this.layers.values()) layer.unmerge();
    this.isMerged = false;
  }

  /** Takes the adapters off the module, which then computes as before; merged ones are unmerged. They can still be saved. */
  detach(): void {
    this.unmerge();
    if (!this.isDetached) for (const { linear } of this.layers.values()) linear.setAdapter(undefined);
    this.isDetached = true;
  }

  /** Takes the adapters off the module and frees their tensors; the module itself is not disposed. */
  override dispose(): void {
    this.detach();
    super.dispose();
  }

  private setEnabled(enabled: boolean): void {
    this.isEnabled = enabled;
    for (const layer of this.layers.values()) layer.enabled = enabled;
  }

  private factorsOf(adapterName: string) {
    return this.layersOf(adapterName).map((layer) => layer.factors(adapterName)!);
  }

  /** @throws if no adapter of this name can be added. */
  private checkName(adapterName: string): void {
    this.refuseWhileMerged('add an adapter');
    if (this.isDetached)
      throw new Error('These adapters were detached from their module: attach new ones with attachLora.');
    if (adapterName === '' || adapterName.includes('.')) {
      throw new Error(`Adapter names must not be empty or contain a dot, got "${adapterName}".`);
    }
    if (this.configurations.has(adapterName)) {
      throw new Error(`Adapter "${adapterName}" already exists: choose another name, or delete it first.`);
    }
  }

  private refuseWhileMerged(what: string): void {
    if (this.isMerged) throw new Error(`Cannot ${what} while the adapters are merged: call unmerge() first.`);
  }
}
