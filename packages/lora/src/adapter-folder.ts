import { folderFiles, readJson, replaceFile, SafetensorsFile } from '@llm-mde/checkpoints';
import type { Module } from '@llm-mde/nn';
import { type AdapterTarget, type AnyAdapters, attachDecoded, encodeAdapter } from './adapter-files.js';
import { DEFAULT_NAMES, type DecodeAdapterOptions, type EncodeAdapterOptions } from './adapter-options.js';
import type { GraphModel } from './graph-model/adaptable-graph.js';
import type { GraphAdapters } from './graph-model/graph-adapters.js';
import type { LayersModel } from './layers-model/adaptable-layers.js';
import type { LayersAdapters } from './layers-model/layers-adapters.js';
import type { LoraAdapters } from './lora-adapters.js';

/**
 * Writes one adapter as PEFT does: `adapter_config.json` and `adapter_model.safetensors`, which `PeftModel.from_pretrained` loads. Each
 * is written under a temporary name first, so that what was there before stays whole until the new file is. Node only; elsewhere use
 * `encodeAdapter`.
 *
 * @param folder Made where it is missing.
 * @throws if several adapters are active and none is named.
 */
export async function saveAdapter(
  adapters: AnyAdapters,
  folder: string,
  options: EncodeAdapterOptions = {},
): Promise<void> {
  const { config, weights } = await encodeAdapter(adapters, options);
  const { join } = await import('node:path');
  await replaceFile(join(folder, DEFAULT_NAMES.weightsName), weights);
  await replaceFile(join(folder, DEFAULT_NAMES.configName), `${JSON.stringify(config, undefined, 2)}\n`);
}

/**
 * Attaches the adapter in a folder that `saveAdapter` or PEFT's `save_pretrained` wrote. Node only; elsewhere use `decodeAdapter`.
 *
 * @param target The module to adapt, or the handle of its adapters, to which this one is added: it then waits for `setAdapter`. Where
 * the handle has an adapter of this name, its values are replaced.
 * @returns the handle.
 * @throws if a file is missing or broken, if the adapter is not plain LoRA or does not fit the module, or if it replaces one with other
 * numbers; nothing has changed then.
 */
export function loadAdapter(
  target: LayersModel | LayersAdapters,
  folder: string,
  options?: DecodeAdapterOptions,
): Promise<LayersAdapters>;
export function loadAdapter(
  target: GraphModel | GraphAdapters,
  folder: string,
  options?: DecodeAdapterOptions,
): Promise<GraphAdapters>;
export function loadAdapter(
  target: Module | LoraAdapters,
  folder: string,
  options?: DecodeAdapterOptions,
): Promise<LoraAdapters>;
export async function loadAdapter(
  target: AdapterTarget,
  folder: string,
  options: DecodeAdapterOptions = {},
): Promise<AnyAdapters> {
  const { join } = await import('node:path');
  const configName = join(folder, DEFAULT_NAMES.configName);
  const weightsName = join(folder, DEFAULT_NAMES.weightsName);
  const config = await readJson(folderFiles(folder), DEFAULT_NAMES.configName);
  const weights = await SafetensorsFile.open(weightsName);
  try {
    return await attachDecoded(target, { config, configName, weights, weightsName }, options);
  } finally {
    await weights.close();
  }
}
