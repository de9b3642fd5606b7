import { type FileSource, folderFiles, type PretrainedOptions, SafetensorsFile } from '@llm-mde/checkpoints';
import { decodeAdapter, type LoraAdapters } from '@llm-mde/lora';
import { type Module, manualSeed, type StateSource } from '@llm-mde/nn';
import { checkConfiguration } from '../configuration/check-configuration.js';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { Network, TOWERS, type Tower } from '../network/network.js';
import { adaptedTowers, hasOwnWeights, openTowers } from './create-network.js';
import { FORMAT_VERSION, MODEL_TYPE, NEW_MODULES_FILE, NewModules } from './save-network.js';

/** See `LlmMde.load`. Tests have their own way to open the towers. */
export async function loadNetwork(
  source: string | FileSource,
  options: PretrainedOptions = {},
  open = openTowers,
): Promise<Network> {
  const files = typeof source === 'string' ? folderFiles(source) : source;
  const configuration = await readConfiguration(files);
  manualSeed(configuration.seed);
  const network = new Network(configuration, await open(configuration, options));
  try {
    for (const tower of TOWERS) {
      if (hasOwnWeights(configuration, tower)) await loadStateFile(files, `${tower}.safetensors`, network[tower]);
    }
    for (const tower of adaptedTowers(configuration)) {
      network.setAdapters(tower, await loadAdapterFiles(files, tower, network[tower]));
    }
    await loadStateFile(files, NEW_MODULES_FILE, new NewModules(network));
    return network.eval();
  } catch (error) {
    network.dispose();
    throw error;
  }
}

async function readConfiguration(files: FileSource): Promise<LlmMdeConfiguration> {
  const content = await required(files, 'config.json', `${files.name} is not the folder of a saved model`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw new Error(`config.json of ${files.name} is not valid JSON: ${(error as Error).message}.`);
  }
  const { model_type, format_version, ...configuration } = (value ?? {}) as Record<string, unknown>;
  if (model_type !== MODEL_TYPE) {
    throw new Error(`config.json of ${files.name}: "model_type" is "${model_type}", expected "${MODEL_TYPE}".`);
  }
  if (format_version !== FORMAT_VERSION) {
    throw new Error(
      `The model in ${files.name} has format version ${format_version}, but this version of llm-mde reads ${FORMAT_VERSION}: install a newer one.`,
    );
  }
  return checkConfiguration(configuration, `config.json of ${files.name}`);
}

async function loadAdapterFiles(files: FileSource, tower: Tower, module: Module): Promise<LoraAdapters> {
  const path = `${tower}_adapter/`;
  const config = await required(files, `${path}adapter_config.json`);
  const weights = await required(files, `${path}adapter_model.safetensors`);
  try {
    const parsed = JSON.parse(new TextDecoder().decode(config));
    return await decodeAdapter(module, { config: parsed, weights }, { trainable: true, freezeBase: false });
  } catch (error) {
    throw new Error(`${path} of ${files.name}: ${(error as Error).message}`, { cause: error });
  }
}

async function loadStateFile(files: FileSource, path: string, module: Module): Promise<void> {
  const name = `${path} of ${files.name}`;
  const file = await SafetensorsFile.fromBytes(await required(files, path), name);
  try {
    await module.loadStateDict(stateSource(file));
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The tensors of a file. */
export function stateSource(file: SafetensorsFile): StateSource {
  return new Map([...file.tensors].map(([name, { shape }]) => [name, { shape, read: () => file.read(name) }]));
}

async function required(
  files: FileSource,
  path: string,
  problem = `The model in ${files.name} is incomplete`,
): Promise<Uint8Array> {
  const content = await files.read(path);
  if (!content) throw new Error(`${problem}: ${path} is missing.`);
  return content;
}
