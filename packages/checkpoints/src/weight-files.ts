import { type PretrainedFiles, readJson } from './file-source.js';
import { PretrainedError } from './pretrained-error.js';
import type { SafetensorsFile } from './safetensors/file.js';

/** Name of a checkpoint in one file. */
export const SINGLE_FILE = 'model.safetensors';
/** Name of the table that tells in which file of a sharded checkpoint each tensor is. */
export const INDEX_FILE = 'model.safetensors.index.json';
/** What older repositories hold instead: Python objects, which only Python can read safely. */
const PICKLED_FILES = ['pytorch_model.bin', 'pytorch_model.bin.index.json'];

/** All tensors of a checkpoint, in one file or several. */
export interface WeightFiles {
  /** The file of each tensor. */
  readonly tensors: ReadonlyMap<string, SafetensorsFile>;
  /** Names of all these files, the index included. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

/** Opens `model.safetensors`, or the files that `model.safetensors.index.json` names. */
export async function openWeights(files: PretrainedFiles): Promise<WeightFiles> {
  if (!files.has(INDEX_FILE)) {
    requireSafetensors(files.name, (file) => files.has(file));
    const file = await files.openSafetensors(SINGLE_FILE);
    const tensors = new Map([...file.tensors.keys()].map((name) => [name, file]));
    return { tensors, names: [SINGLE_FILE], close: () => file.close() };
  }
  const place = `${INDEX_FILE} of ${files.name}`;
  const fileNames = readIndex(await readJson(files, INDEX_FILE), place);
  const opened = new Map<string, SafetensorsFile>();
  const close = async () => {
    for (const file of opened.values()) await file.close();
  };
  try {
    for (const file of new Set(fileNames.values())) {
      if (!files.has(file)) throw new PretrainedError(`${place} names ${file}, but that file is missing.`);
      opened.set(file, await files.openSafetensors(file));
    }
    for (const [name, file] of fileNames) {
      if (!opened.get(file)!.tensors.has(name))
        throw new PretrainedError(`${place} says that ${file} holds ${name}, but it does not.`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const tensors = new Map([...fileNames].map(([name, file]) => [name, opened.get(file)!]));
  return { tensors, names: [INDEX_FILE, ...opened.keys()], close };
}

/** @throws {PretrainedError} if there are no weights in a form that can be read. */
export function requireSafetensors(name: string, has: (file: string) => boolean): void {
  if (has(SINGLE_FILE) || has(INDEX_FILE)) return;
  const pickled = PICKLED_FILES.find(has);
  throw new PretrainedError(
    pickled
      ? `${name} has its weights only as ${pickled}, which is not read here: load it in Python and save it again as safetensors, ` +
          'with `model.save_pretrained(folder, safe_serialization=True)`.'
      : `${name} has neither ${SINGLE_FILE} nor ${INDEX_FILE}. Weights are read from these files only: add them.`,
  );
}

/**
 * The file of each tensor, by the content of a `model.safetensors.index.json`.
 * @param place What the index is called in messages.
 */
export function readIndex(content: unknown, place: string): Map<string, string> {
  const weightMap = (content as { weight_map?: unknown } | null)?.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null || Array.isArray(weightMap)) {
    throw new PretrainedError(`${place} has no weight_map from names of tensors to names of files.`);
  }
  const entries = Object.entries(weightMap);
  for (const [name, file] of entries) {
    // A name with a path in it could lead out of the folder.
    if (typeof file !== 'string' || !/^[^/\\:]+\.safetensors$/.test(file)) {
      throw new PretrainedError(
        `${place} places ${name} in ${JSON.stringify(file)}, which is not the name of a safetensors file.`,
      );
    }
  }
  return new Map(entries as [string, string][]);
}
