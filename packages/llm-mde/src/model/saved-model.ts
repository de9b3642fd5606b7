import { encodeSafetensors, SafetensorsFile } from '@llm-mde/checkpoints';
import { decodeAdapter, encodeAdapter, type LoraAdapters } from '@llm-mde/lora';
import { type Module, manualSeed, type StateDict, StateDictError, type StateSource } from '@llm-mde/nn';
import { checkConfiguration } from '../check-configuration.js';
import type { LlmMdeConfiguration } from '../configuration.js';
import { buildParts, hasOwnWeights } from './build-parts.js';
import { type CreateOptions, LlmMde } from './llm-mde.js';
import { folderFiles, type ModelFiles, replaceFolder } from './model-files.js';

/** What `config.json` says besides the configuration. */
const MODEL_TYPE = 'llm-mde';
const FORMAT_VERSION = 1;
const NEW_MODULES = 'model.safetensors';

const TOWERS = ['vision', 'language'] as const;
type Tower = (typeof TOWERS)[number];

/** See `LlmMde.save`. */
export async function saveModel(model: LlmMde, folder: string): Promise<void> {
  await replaceFolder(folder, await modelFiles(model));
}

/** Everything that `save` writes, by path in the folder. */
export async function modelFiles(model: LlmMde): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  files.set('config.json', json({ model_type: MODEL_TYPE, format_version: FORMAT_VERSION, ...pinned(model) }));
  const modules = await newModules(model);
  files.set(NEW_MODULES, encodeSafetensors(modules, { metadata: { format: 'pt' } }));
  for (const tower of TOWERS) {
    const adapters = model.adapters[tower];
    if (adapters) {
      const { config, weights } = await encodeAdapter(adapters, baseModel(model, tower));
      files.set(`${tower}_adapter/adapter_config.json`, json(config));
      files.set(`${tower}_adapter/adapter_model.safetensors`, weights);
    }
    if (hasOwnWeights(model.configuration, tower)) {
      const state = await unmerged(model, () => model[tower].stateDict());
      files.set(`${tower}.safetensors`, encodeSafetensors(state, { metadata: { format: 'pt' } }));
    }
  }
  return files;
}

/** See `LlmMde.load`. Tests have their own way to build the parts. */
export async function loadModel(
  source: string | ModelFiles,
  { compiler, ...options }: CreateOptions,
  build = buildParts,
): Promise<LlmMde> {
  const files = typeof source === 'string' ? folderFiles(source) : source;
  const configuration = await readConfiguration(files);
  manualSeed(configuration.seed);
  const parts = await build(configuration, options);
  const adapters: { vision?: LoraAdapters; language?: LoraAdapters } = {};
  try {
    for (const tower of TOWERS) {
      if (hasOwnWeights(configuration, tower)) await loadStateFile(files, `${tower}.safetensors`, parts[tower]);
    }
    for (const tower of TOWERS) {
      const used = tower === 'vision' || configuration.language.mode !== 'absent';
      if (used && configuration[tower].lora) adapters[tower] = await loadAdapterFiles(files, tower, parts[tower]);
    }
    const model = new LlmMde(configuration, parts, adapters, compiler);
    await loadNewModules(files, model);
    return model.eval();
  } catch (error) {
    for (const part of [...Object.values(adapters), ...Object.values(parts)]) part.dispose();
    throw error;
  }
}

/** The configuration with each pretrained tower's commit, so that the same weights are found again. */
function pinned({ configuration, vision, language }: LlmMde): LlmMdeConfiguration {
  const pin = <T extends { revision?: string }>(section: T, revision: string | undefined): T =>
    revision === undefined ? section : { ...section, revision };
  return {
    ...configuration,
    vision: pin(configuration.vision, vision.revision),
    language: pin(configuration.language, language.revision),
  };
}

function baseModel({ configuration, ...model }: LlmMde, tower: Tower): { baseModelName?: string; revision?: string } {
  const { pretrained } = configuration[tower];
  const { revision } = model[tower];
  return { ...(pretrained !== null && { baseModelName: pretrained }), ...(revision !== undefined && { revision }) };
}

/** The state of the parts that are new, `reprogramming.…` and `head.…`. */
async function newModules({ reprogramming, head }: LlmMde): Promise<StateDict> {
  return new Map([...(await reprogramming.stateDict('reprogramming')), ...(await head.stateDict('head'))]);
}

async function unmerged<T>(model: LlmMde, run: () => Promise<T>): Promise<T> {
  const merged = Object.values(model.adapters).filter((adapters) => adapters.merged);
  for (const adapters of merged) adapters.unmerge();
  try {
    return await run();
  } finally {
    for (const adapters of merged) adapters.merge();
  }
}

async function readConfiguration(files: ModelFiles): Promise<LlmMdeConfiguration> {
  const content = await required(files, 'config.json', `${files.name} is not the folder of a saved model`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw new Error(`config.json of ${files.name} is not JSON: ${(error as Error).message}.`);
  }
  const { model_type, format_version, ...configuration } = (value ?? {}) as Record<string, unknown>;
  if (model_type !== MODEL_TYPE) {
    throw new Error(
      `config.json of ${files.name} describes a model of type "${model_type}", but an LLM-MDE model says "${MODEL_TYPE}" there.`,
    );
  }
  if (format_version !== FORMAT_VERSION) {
    throw new Error(
      `The model in ${files.name} has format ${format_version}, but this version reads ${FORMAT_VERSION}: install a newer llm-mde.`,
    );
  }
  return checkConfiguration(configuration, `config.json of ${files.name}`);
}

async function loadAdapterFiles(files: ModelFiles, tower: Tower, module: Module): Promise<LoraAdapters> {
  const path = `${tower}_adapter/`;
  const config = await required(files, `${path}adapter_config.json`);
  const weights = await required(files, `${path}adapter_model.safetensors`);
  try {
    const parsed = JSON.parse(new TextDecoder().decode(config));
    return await decodeAdapter(module, { config: parsed, weights }, { trainable: true });
  } catch (error) {
    throw new Error(`${path} of ${files.name}: ${(error as Error).message}`, { cause: error });
  }
}

async function loadNewModules(files: ModelFiles, { reprogramming, head }: LlmMde): Promise<void> {
  const file = await openSafetensors(files, NEW_MODULES);
  const parts = { reprogramming, head };
  const state = new Map(Object.entries(parts).flatMap(([name, part]) => [...part.namedState(name)]));
  const foreign = [...file.tensors.keys()].filter((name) => !state.has(name));
  const missing = [...state.keys()].filter((name) => !file.tensors.has(name));
  if (foreign.length > 0 || missing.length > 0) {
    throw new StateDictError(`LlmMde (${NEW_MODULES} of ${files.name})`, {
      missing,
      unexpected: foreign,
      misshapen: [],
    });
  }
  for (const [name, part] of Object.entries(parts)) await part.loadStateDict(stateSource(file, `${name}.`));
}

async function loadStateFile(files: ModelFiles, path: string, module: Module): Promise<void> {
  await module.loadStateDict(stateSource(await openSafetensors(files, path)));
}

/** The tensors of a file whose names begin with a prefix, without it. */
export function stateSource(file: SafetensorsFile, prefix = ''): StateSource {
  const entries = [...file.tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(
    entries.map(([name, { shape }]) => [name.slice(prefix.length), { shape, read: () => file.read(name) }]),
  );
}

async function openSafetensors(files: ModelFiles, path: string): Promise<SafetensorsFile> {
  return SafetensorsFile.fromBytes(await required(files, path), `${path} of ${files.name}`);
}

async function required(
  files: ModelFiles,
  path: string,
  problem = `The model in ${files.name} is incomplete`,
): Promise<Uint8Array> {
  const content = await files.read(path);
  if (!content) throw new Error(`${problem}: ${path} is missing.`);
  return content;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
