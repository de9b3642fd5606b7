import type { Architecture } from './architectures.js';
import { type LoraConfiguration, resolveConfiguration } from './lora-configuration.js';
import type { TargetsInConfig } from './numbered-layers.js';

/** The content of `adapter_config.json`. */
export type AdapterConfig = Record<string, unknown>;

export interface AdapterConfigOptions {
  targets: TargetsInConfig;
  architecture: Architecture | undefined;
  baseModelName: string | undefined;
  revision: string | undefined;
  /** Settings beyond plain LoRA, which replace those that say no. */
  more?: AdapterConfig;
}

/**
 * What PEFT writes for plain LoRA. Only settings that every PEFT since 0.7 knows: it takes its defaults for the others, and older versions
 * refuse what they do not know.
 */
export function writeAdapterConfig(configuration: LoraConfiguration, options: AdapterConfigOptions): AdapterConfig {
  const { targets, architecture, baseModelName, revision, more } = options;
  return {
    alpha_pattern: {},
    auto_mapping: architecture
      ? { base_model_class: architecture.pythonClass, parent_library: architecture.pythonModule }
      : null,
    base_model_name_or_path: baseModelName ?? null,
    bias: 'none',
    fan_in_fan_out: architecture?.fanInFanOut ?? false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: configuration.alpha,
    lora_dropout: configuration.dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: configuration.rank,
    rank_pattern: {},
    revision: revision ?? null,
    ...targets,
    task_type: null,
    use_rslora: configuration.rankStabilized,
    ...more,
  };
}

/**
 * Reads an `adapter_config.json` of any PEFT version. Which modules are adapted is told by the weights, so what only selects them
 * (`target_modules`, ...) is not read; `layers_to_transform` and `layers_pattern` are, to be written again.
 *
 * @param source The name of the file, for messages.
 * @param understood Settings beyond plain LoRA that the caller reads itself.
 * @throws if it asks for anything else, naming it.
 */
export function readAdapterConfig(
  json: unknown,
  source: string,
  understood: readonly string[] = [],
): LoraConfiguration {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`${source} is not a JSON object.`);
  }
  const config = json as AdapterConfig;
  if (config.peft_type !== 'LORA') {
    throw new Error(`${source} has peft_type ${show(config.peft_type)}; only "LORA" is supported.`);
  }
  for (const name of UNSUPPORTED) {
    if (!isOff(config[name]) && !understood.includes(name)) {
      throw new Error(
        `${source} asks for "${name}": ${show(config[name])}, which is not supported: only plain LoRA is.`,
      );
    }
  }
  if (!isOff(config.bias) && config.bias !== 'none') {
    throw new Error(`${source} asks for "bias": ${show(config.bias)}: trained biases are not supported, only "none".`);
  }
  const initialization = config.init_lora_weights;
  if (typeof initialization === 'string' && CHANGES_BASE.test(initialization)) {
    throw new Error(
      `${source} asks for "init_lora_weights": ${show(initialization)}, which changes the base model's weights: ` +
        'convert the adapter to plain LoRA when saving it (path_initial_model_for_weight_conversion in PEFT).',
    );
  }
  const number = (name: string, fallback: number) => {
    const value = config[name] === undefined ? fallback : config[name];
    if (typeof value === 'number') return value;
    throw new Error(`${source}: "${name}" must be a number, got ${show(value)}.`);
  };
  const [layersToTransform, layersPattern] = [config.layers_to_transform, config.layers_pattern];
  try {
    return resolveConfiguration({
      ...(!isOff(layersToTransform) && { layersToTransform: layersToTransform as number[] }),
      // Without numbers PEFT ignores it.
      ...(!isOff(layersToTransform) && !isOff(layersPattern) && { layersPattern: layersPattern as string[] }),
      rank: number('r', 8),
      alpha: number('lora_alpha', 8),
      dropout: number('lora_dropout', 0),
      rankStabilized: config.use_rslora === true,
    });
  } catch (error) {
    if ((error as Error).message.startsWith(source)) throw error;
    throw new Error(`${source}: ${(error as Error).message}`);
  }
}

/** Settings that make of LoRA something else than W·x + scale·B·A·x. */
const UNSUPPORTED = [
  'use_dora',
  'use_qalora',
  'use_bdlora',
  'lora_bias',
  'modules_to_save',
  'rank_pattern',
  'alpha_pattern',
  'layer_replication',
  'trainable_token_indices',
  'target_parameters',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'monteclora_config',
  'velora_config',
  'megatron_config',
];

/** Initializations that take something away from the weights which they adapt. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/;

/** The many ways in which a setting says no: absent, null, false, empty. */
function isOff(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
