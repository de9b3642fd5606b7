import { encodeSafetensors } from '@llm-mde/checkpoints';
import { encodeAdapter } from '@llm-mde/lora';
import { Module, type StateDict } from '@llm-mde/nn';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { type Network, TOWERS, type Tower } from '../network/network.js';
import { hasOwnWeights } from './create-network.js';

/** What `config.json` holds besides the configuration. */
export const MODEL_TYPE = 'llm-mde';
export const FORMAT_VERSION = 1;
export const NEW_MODULES_FILE = 'model.safetensors';

export interface SaveOptions {
  /** Write weights as float16: half the size, for models that are shared and not trained on. @default false */
  halfPrecision?: boolean;
}

/** Everything that `LlmMde.save` writes, by path in the folder. */
export async function networkFiles(network: Network, options: SaveOptions = {}): Promise<Map<string, Uint8Array>> {
  const files = new Map([configurationFile(pinned(network))]);
  files.set(NEW_MODULES_FILE, encodeState(await new NewModules(network).stateDict(), options));
  for (const [path, content] of await adapterFiles(network, options)) files.set(path, content);
  for (const tower of TOWERS) {
    if (!hasOwnWeights(network.configuration, tower)) continue;
    files.set(`${tower}.safetensors`, encodeState(await unmerged(network, () => network[tower].stateDict()), options));
  }
  return files;
}

export function configurationFile(configuration: LlmMdeConfiguration): [path: string, content: Uint8Array] {
  return ['config.json', encodeJson({ model_type: MODEL_TYPE, format_version: FORMAT_VERSION, ...configuration })];
}

/** Reprogramming and head, as one file holds them: `reprogramming.…` and `head.…`. */
export class NewModules extends Module {
  constructor({ reprogramming, attention, head }: Network) {
    super();
    this.register('reprogramming', reprogramming);
    if (attention) this.register('attention', attention);
    this.register('head', head);
  }
}

/** PEFT's files of each tower that has adapters, by path. */
export async function adapterFiles(network: Network, options: SaveOptions = {}): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const tower of TOWERS) {
    const adapters = network.adapters[tower];
    if (!adapters) continue;
    const { pretrained } = network.configuration[tower];
    const { revision } = network[tower];
    const { config, weights } = await encodeAdapter(adapters, {
      ...options,
      ...(pretrained !== null && { baseModelName: pretrained }),
      ...(revision !== undefined && { revision }),
    });
    files.set(`${tower}_adapter/adapter_config.json`, encodeJson(config));
    files.set(`${tower}_adapter/adapter_model.safetensors`, weights);
  }
  return files;
}

export function encodeState(state: StateDict, { halfPrecision = false }: SaveOptions = {}): Uint8Array {
  const written = halfPrecision
    ? new Map([...state].map(([name, tensor]) => [name, { ...tensor, dataType: 'F16' as const }]))
    : state;
  return encodeSafetensors(written, { metadata: { format: 'pt' } });
}

export function encodeJson(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** The configuration with each pretrained tower's commit, so that the same weights are found again. */
function pinned({ configuration, ...towers }: Network): LlmMdeConfiguration {
  const pin = <Name extends Tower>(tower: Name): LlmMdeConfiguration[Name] => {
    const { revision } = towers[tower];
    return revision === undefined ? configuration[tower] : { ...configuration[tower], revision };
  };
  return { ...configuration, vision: pin('vision'), language: pin('language') };
}

/** Runs a function while no adapters are merged into the weights. */
export async function unmerged<T>(network: Network, run: () => Promise<T>): Promise<T> {
  const merged = Object.values(network.adapters).filter((each) => each.merged);
  for (const each of merged) each.unmerge();
  try {
    return await run();
  } finally {
    network.inEvaluation(() => {
      for (const each of merged) each.merge();
    });
  }
}
