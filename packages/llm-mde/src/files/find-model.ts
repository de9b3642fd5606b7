import {
  type FileSource,
  folderFiles,
  isNode,
  openHubFolder,
  type PretrainedOptions,
  parseHubName,
  urlFiles,
} from '@llm-mde/checkpoints';
import { MODEL_FILES } from './saved-files.js';
import { TOWERS_FOLDER, within } from './tower-files.js';

/**
 * What names a saved model:
 *
 * - a folder in Node: a saved model's, or a training run's, whose best checkpoint is taken. A folder that exists comes before other names
 * - in Node, a model of the package `@llm-mde/models`: `rooms-small` or `tiny`
 * - a repository on the Hugging Face hub: `owner/name` or `owner/name@revision`
 * - the address of a folder: a `URL`, or text that begins with `https://` or `http://`, in a browser also with `/` or `.`
 * - files from elsewhere
 */
export type ModelReference = string | URL | FileSource;

/** Where a saved model is. */
export interface FoundModel {
  /** Its files, not compared with their checksums yet. */
  files: FileSource;
  /** The folder that holds them; undefined where they are in none on this machine. */
  folder: string | undefined;
}

/**
 * Finds the saved model that something names: the one place where that is decided. Of a repository on the hub the files are brought to the cache
 * of the hub first.
 *
 * @param options How a repository is found: `revision`, `token`, `offline`, `onProgress` and the rest of `@llm-mde/checkpoints`.
 * @throws Error if there is none, with what to do.
 */
export async function findModel(reference: ModelReference, options: PretrainedOptions = {}): Promise<FoundModel> {
  if (typeof reference !== 'string' && !(reference instanceof URL)) return atFiles(reference);
  const address = addressOf(reference);
  if (address?.protocol === 'file:') return atFolder((await import('node:url')).fileURLToPath(address));
  if (address) return atFiles(urlFiles(address));
  const name = String(reference);
  const known = isNode() ? await onThisMachine(name) : undefined;
  if (known) return known;
  if (isNode() && (await exists(name))) throw new Error(noModelIn(name));
  if (parseHubName(name)) return inRepository(name, options);
  throw new Error(await nothingCalled(name));
}

/** A folder with a model, or a model of `@llm-mde/models`. */
async function onThisMachine(name: string): Promise<FoundModel | undefined> {
  const files = await modelWithin(folderFiles(name));
  if (files) return { files, folder: files.name };
  const { modelFolder } = await import('@llm-mde/models');
  const shipped = await modelFolder(name);
  return shipped === undefined ? undefined : atFolder(shipped);
}

/** The files of a model: those given, or a training run's best checkpoint. @returns undefined if there is none. */
export async function modelWithin(files: FileSource): Promise<FileSource | undefined> {
  for (const each of [files, within(files, 'best')]) if (await each.read('config.json')) return each;
  return undefined;
}

async function atFiles(given: FileSource): Promise<FoundModel> {
  const files = await modelWithin(given);
  if (files) return { files, folder: undefined };
  throw new Error(noModelIn(given.name));
}

async function atFolder(folder: string): Promise<FoundModel> {
  const { files } = await atFiles(folderFiles(folder));
  return { files, folder: files.name };
}

async function inRepository(name: string, options: PretrainedOptions): Promise<FoundModel> {
  const isOfModel = (path: string) => MODEL_FILES.includes(path) || path.startsWith(`${TOWERS_FOLDER}/`);
  const files = await openHubFolder(name, { ...options, wanted: isOfModel });
  return { files, folder: files.folder };
}

/** In Node a text is an address only with its protocol; in a browser one that begins like a path is one too. */
function addressOf(reference: string | URL): URL | undefined {
  if (reference instanceof URL) return reference;
  if (/^(?:https?|file):/.test(reference)) return new URL(reference);
  return !isNode() && /^[/.]/.test(reference) ? new URL(reference, globalThis.location?.href) : undefined;
}

async function exists(path: string): Promise<boolean> {
  const { stat } = await import('node:fs/promises');
  return stat(path).then(
    () => true,
    () => false,
  );
}

function noModelIn(place: string): string {
  return `There is no model in ${place}: expected config.json in it or in its folder best.`;
}

async function nothingCalled(name: string): Promise<string> {
  if (!isNode()) {
    return `${name} is no address, and a browser has no folders: give the address at which the model's files are, such as /${name}/, or a repository on the Hugging Face hub as owner/name.`;
  }
  const { MODEL_NAMES } = await import('@llm-mde/models');
  return `${name} does not exist: give the folder of a run or of a saved model, one of ${MODEL_NAMES.join(', ')}, or a repository on the Hugging Face hub as owner/name.`;
}
