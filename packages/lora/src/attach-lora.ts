import type { Module } from '@llm-mde/nn';
import { LoraAdapters } from './lora-adapters.js';
import type { LoraOptions } from './lora-configuration.js';

export interface AttachLoraOptions extends LoraOptions {
  /** @default 'default' */
  adapterName?: string;
  /** Stop training every parameter of the module, so that only the adapters are trained. @default true */
  freezeBase?: boolean;
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
export function attachLora(module: Module, options: AttachLoraOptions = {}): LoraAdapters {
  const { adapterName = 'default', freezeBase = true } = options;
  const adapters = new LoraAdapters(module);
  adapters.addAdapter(adapterName, options);
  if (freezeBase) module.freeze();
  return adapters;
}
