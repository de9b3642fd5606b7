import type { Module } from '@llm-mde/nn';
import { isLayersModel, type LayersModel } from './layers-model/adaptable-layers.js';
import { LayersAdapters } from './layers-model/layers-adapters.js';
import type { LayersLoraOptions } from './layers-model/layers-configuration.js';
import { LoraAdapters } from './lora-adapters.js';
import type { LoraOptions } from './lora-configuration.js';
import type { TargetModules } from './target-modules.js';

export interface AttachLoraOptions extends LoraOptions {
  /** @default 'default' */
  adapterName?: string;
  /** Stop training every parameter of the module, so that only the adapters are trained. @default true */
  freezeBase?: boolean;
}

export interface AttachLayersLoraOptions extends LayersLoraOptions {
  /** @default 'default' */
  adapterName?: string;
  /** Layers that are trained as a whole, by name or path, such as a new classifier; PEFT's `modules_to_save`. @default none */
  modulesToSave?: TargetModules;
}

/**
 * Puts a low-rank adapter beside chosen Linear layers of a module (LoRA, Hu et al. 2022, arXiv 2106.09685): each then computes
 * W·x + b + scale·B·A·dropout(x), with A [rank,inFeatures], B [outFeatures,rank] and scale = alpha / rank. B starts at zero, so at first
 * nothing changes. A is uniform with bound 1/√inFeatures (Kaiming), from nn's seeded generator (`manualSeed`).
 *
 * The module's own state dict keeps its names and holds no adapters. Its `trainableVariables()` include them, and dropout follows its
 * `train()` and `eval()`.
 *
 * @returns the handle that owns the adapters.
 * @throws if no Linear matches `targetModules`, if an option is out of range, or if a Linear already has an adapter.
 */
export function attachLora(module: Module, options?: AttachLoraOptions): LoraAdapters;
/**
 * The same for a `tf.LayersModel` or `tf.Sequential`: the weights of chosen Dense, Conv1D, Conv2D, DepthwiseConv2D and Embedding layers become W + scale·B·A, and
 * everything else stops training. `fit`, `predict` and plain optimizers work as before; a model that was compiled before need not be compiled again.
 *
 * @returns the handle that owns the adapters.
 * @throws if no layer matches `targetModules`, if an option is out of range, or if the model has no weights yet.
 */
export function attachLora(model: LayersModel, options: AttachLayersLoraOptions): LayersAdapters;
export function attachLora(
  target: Module | LayersModel,
  options: AttachLoraOptions | AttachLayersLoraOptions = {},
): LoraAdapters | LayersAdapters {
  if (!isLayersModel(target)) return attachToModule(target, options as AttachLoraOptions);
  const { adapterName = 'default', modulesToSave, ...rest } = options as AttachLayersLoraOptions;
  return LayersAdapters.attach(target, modulesToSave, (adapters) => adapters.addAdapter(adapterName, rest));
}

function attachToModule(module: Module, options: AttachLoraOptions): LoraAdapters {
  const { adapterName = 'default', freezeBase = true } = options;
  const adapters = new LoraAdapters(module);
  adapters.addAdapter(adapterName, options);
  if (freezeBase) module.freeze();
  return adapters;
}
