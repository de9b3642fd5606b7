import { type FileSource, openPretrained, type PretrainedOptions } from '@llm-mde/checkpoints';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { TOWERS, type Tower } from '../network/network.js';

/** Where a saved model can hold copies of its pretrained towers: in `towers/vision` and `towers/language`. */
export const TOWERS_FOLDER = 'towers';

/** What a tower takes besides its configuration and its weights, where there is such a file. */
const OPTIONAL_FILES: Record<Tower, readonly string[]> = {
  vision: ['preprocessor_config.json'],
  language: ['tokenizer.json', 'tokenizer_config.json'],
};

/** The copies of pretrained towers that a saved model holds. */
export async function towerSources(
  files: FileSource,
  configuration: LlmMdeConfiguration,
): Promise<Partial<Record<Tower, FileSource>>> {
  const sources: Partial<Record<Tower, FileSource>> = {};
  for (const tower of pretrainedTowers(configuration)) {
    const source = within(files, `${TOWERS_FOLDER}/${tower}`);
    if (await source.read('config.json')) sources[tower] = source;
  }
  return sources;
}

/**
 * The files of a saved model's pretrained towers on this machine. Beside the files of the model, under the paths given here, they make it load
 * without the hub, in a browser too: `towers/vision/config.json`, `towers/vision/model.safetensors` and so on. Nothing is downloaded. Node only.
 *
 * @param folder Of the saved model.
 * @param configuration What its `config.json` holds.
 * @param options Where the cache of the hub is: `cacheFolder`.
 * @returns where each file is, by its path beside the model; nothing for a model without pretrained towers.
 * @throws if a tower is neither beside the model, nor a folder, nor in the folder that LLM_MDE_TOWERS names, nor in the cache; or not whole.
 */
export async function towerFiles(
  folder: string,
  configuration: LlmMdeConfiguration,
  options: Pick<PretrainedOptions, 'cacheFolder'> = {},
): Promise<Map<string, string>> {
  const { existsSync } = await import('node:fs');
  const { join } = await import('node:path');
  const places = new Map<string, string>();
  for (const tower of pretrainedTowers(configuration)) {
    const own = join(folder, TOWERS_FOLDER, tower);
    const { pretrained, revision } = configuration[tower];
    const name = existsSync(join(own, 'config.json')) ? own : pretrained!;
    const opened = await openPretrained(name, { ...options, offline: true, ...(revision && { revision }) });
    await opened.close();
    const { files, weightFileNames } = opened;
    for (const file of ['config.json', ...OPTIONAL_FILES[tower], ...weightFileNames]) {
      if (files.has(file)) places.set(`${TOWERS_FOLDER}/${tower}/${file}`, join(files.folder!, file));
    }
  }
  return places;
}

/** @throws if saving a model to this folder would delete copies of pretrained towers. */
export async function refuseTowers(folder: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { join } = await import('node:path');
  const towers = join(folder, TOWERS_FOLDER);
  if (!existsSync(towers)) return;
  throw new Error(
    `${folder} holds pretrained towers in ${towers}, which saving a model there would delete: save it to another folder, or move them away.`,
  );
}

/** The files in a folder of a source. */
export function within(files: FileSource, folder: string): FileSource {
  return { name: `${files.name.replace(/\/$/, '')}/${folder}`, read: (path) => files.read(`${folder}/${path}`) };
}

function pretrainedTowers(configuration: LlmMdeConfiguration): Tower[] {
  return TOWERS.filter((tower) => configuration[tower].pretrained !== null);
}
