import { type FileSource, type PretrainedOptions, SafetensorsFile, verifiedFiles } from '@llm-mde/checkpoints';
import { decodeAdapter, type LoraAdapters } from '@llm-mde/lora';
import { type Module, manualSeed, type StateSource } from '@llm-mde/nn';
import { checkConfiguration } from '../configuration/check-configuration.js';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { type Network, TOWERS, type Tower } from '../network/network.js';
import { adaptedTowers, buildNetwork, hasOwnWeights, openTowers } from './create-network.js';
import { findModel, type ModelReference } from './find-model.js';
import { FORMAT_VERSION, MODEL_TYPE, NEW_MODULES_FILE, NewModules } from './save-network.js';
import { TOWERS_FOLDER, towerSources } from './tower-files.js';

/** See `LlmMde.load`. Tests have their own way to open the towers. */
export async function loadNetwork(
  source: ModelReference,
  options: PretrainedOptions = {},
  open = openTowers,
): Promise<Network> {
  const { files: found } = await findModel(source, options);
  // Whoever puts pretrained towers beside a model has nothing to do with its checksums.
  const files = await verifiedFiles(found, { unlisted: `${TOWERS_FOLDER}/` });
  const configuration = await readConfiguration(files);
  manualSeed(configuration.seed);
  // Of the model's own repository.
  const { revision: _, ...towerOptions } = options;
  const towers = await open(configuration, towerOptions, await towerSources(files, configuration));
  return buildNetwork(configuration, towers, async (network) => {
    for (const tower of TOWERS) {
      if (hasOwnWeights(configuration, tower)) await loadStateFile(files, `${tower}.safetensors`, network[tower]);
    }
    for (const tower of adaptedTowers(configuration)) {
      network.setAdapters(tower, await loadAdapterFiles(files, tower, network));
    }
    await loadStateFile(files, NEW_MODULES_FILE, new NewModules(network));
  });
}

/** `config.json`, checked. */
export async function readConfiguration(files: FileSource): Promise<LlmMdeConfiguration> {
  const content = await required(files, 'config.json');
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

async function loadAdapterFiles(files: FileSource, tower: Tower, network: Network): Promise<LoraAdapters> {
  const path = `${tower}_adapter/`;
  const config = await required(files, `${path}adapter_config.json`);
  const weights = await required(files, `${path}adapter_model.safetensors`);
  const { rank, alpha } = network.configuration[tower].lora!;
  try {
    const parsed = JSON.parse(new TextDecoder().decode(config));
    const adapters = await decodeAdapter(
      network[tower],
      { config: parsed, weights },
      { trainable: true, freezeBase: false },
    );
    const found = adapters.configuration('default');
    if (found.rank === rank && found.alpha === alpha) return adapters;
    adapters.dispose();
    throw new Error(
      `its rank is ${found.rank} and its alpha ${found.alpha}, but "${tower}.lora" in config.json has ${rank} and ${alpha}.`,
    );
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

/** The tensors of a file, which have to be finite. */
export function stateSource(file: SafetensorsFile): StateSource {
  return new Map([...file.tensors].map(([name, { shape }]) => [name, { shape, read: () => file.readFinite(name) }]));
}

async function required(files: FileSource, path: string): Promise<Uint8Array> {
  const content = await files.read(path);
  if (!content) throw new Error(`The model in ${files.name} is incomplete: ${path} is missing.`);
  return content;
}
