import type { Module } from '@llm-mde/nn';
import { type GraphModel, isGraphModel } from './graph-model/adaptable-graph.js';
import { GraphAdapters } from './graph-model/graph-adapters.js';
import { isLayersModel, type LayersModel } from './layers-model/adaptable-layers.js';
import { LayersAdapters } from './layers-model/layers-adapters.js';
import { LoraAdapters } from './lora-adapters.js';
import type { LoraOptions } from './lora-configuration.js';
import type { TargetModules } from './target-modules.js';
import { withFirstAdapter } from './weight-adapters/weight-adapters.js';
import type { LayersLoraOptions } from './weight-adapters/weights-configuration.js';

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
 * The same for a `tf.LayersModel` or `tf.Sequential`: the weights of chosen layers become W + scale·B·A, and everything else stops training. `fit`, `predict` and
 * plain optimizers work as before; a model that was compiled before need not be compiled again. Dense, Embedding and convolutions have one such weight, named as the
 * layer; recurrent layers and others, those of users too, have one for each of their weights of two or more axes: `lstm.cell.recurrentKernel`.
 *
 * @returns the handle that owns the adapters.
 * @throws if no layer matches `targetModules` or one of them cannot be adapted, if an option is out of range, or if the model has no weights yet.
 */
export function attachLora(model: LayersModel, options: AttachLayersLoraOptions): LayersAdapters;
/**
 * The same for a `tf.GraphModel`: chosen float32 weights of MatMul, Einsum, convolutions and Gather become W + scale·B·A while the model is executed. They are named
 * as in `model.weights`.
 *
 * @returns the handle that owns the adapters.
 * @throws if no weight matches `targetModules` or `modulesToSave`, if an option is out of range, or if the model has adapters already.
 */
export function attachLora(model: GraphModel, options: AttachLayersLoraOptions): GraphAdapters;
export function attachLora(
  target: Module | LayersModel | GraphModel,
  options: AttachLoraOptions | AttachLayersLoraOptions = {},
): LoraAdapters | LayersAdapters | GraphAdapters {
  const { adapterName = 'default', modulesToSave, ...rest } = options as AttachLayersLoraOptions;
  const add = (adapters: LayersAdapters | GraphAdapters) => adapters.addAdapter(adapterName, rest);
  if (isLayersModel(target)) return withFirstAdapter(new LayersAdapters(target, modulesToSave), add);
  if (isGraphModel(target)) return withFirstAdapter(new GraphAdapters(target, modulesToSave), add);
  return attachToModule(target, options as AttachLoraOptions);
}

function attachToModule(module: Module, options: AttachLoraOptions): LoraAdapters {
  const { adapterName = 'default', freezeBase = true } = options;
  const adapters = new LoraAdapters(module);
  adapters.addAdapter(adapterName, options);
  if (freezeBase) module.freeze();
  return adapters;
}
