import type { SafetensorsFile } from '@llm-mde/checkpoints';
import type { AdapterConfig } from './adapter-config.js';

/** One adapter as PEFT stores it. */
export interface AdapterFiles {
  /** The content of `adapter_config.json`. */
  config: AdapterConfig;
  /** The bytes of `adapter_model.safetensors`. */
  weights: Uint8Array;
}

export interface EncodeAdapterOptions {
  /** Which adapter. @default the active one */
  adapterName?: string;
  /** The base model that the adapter is for, as a repository's name on the hub or a folder: PEFT's `base_model_name_or_path`. */
  baseModelName?: string;
  /** The commit of the base model. */
  revision?: string;
  /** Write float16, which PEFT reads too: half the size. @default false */
  halfPrecision?: boolean;
}

export interface DecodeAdapterOptions {
  /** What to call the adapter here. @default 'default' */
  adapterName?: string;
  /** Whether it can be trained further; by default it is only for predictions, as in PEFT. @default false */
  trainable?: boolean;
  /** Stop training every parameter of the module, where it has no adapters yet. @default true */
  freezeBase?: boolean;
}

/** The files of an adapter, opened, and what to call them in messages. */
export interface OpenAdapter {
  config: unknown;
  configName: string;
  weights: SafetensorsFile;
  weightsName: string;
}

/** What the files are called in messages where they are not files. */
export const DEFAULT_NAMES = { configName: 'adapter_config.json', weightsName: 'adapter_model.safetensors' };

/** What PEFT puts before the path of a module. */
export const PEFT_PREFIX = 'base_model.model.';

/** @throws if several adapters are active, or none. */
export function onlyActive(adapters: { activeAdapters: readonly string[] }): string {
  const [name, ...others] = adapters.activeAdapters;
  if (name === undefined) throw new Error('There is no adapter to save.');
  if (others.length === 0) return name;
  throw new Error(
    `Several adapters are active (${adapters.activeAdapters.join(', ')}): say which to save by adapterName.`,
  );
}
