import { CHECKSUMS_FILE, listedFiles } from '../checksums.js';
import { type FileSource, folderFiles } from '../file-source.js';
import { isNode } from '../is-node.js';
import { PretrainedError } from '../pretrained-error.js';
import { findRepository, type Repository } from './api.js';
import { bringToCache } from './bring-to-cache.js';
import { HubCache } from './cache.js';
import { describeHubError } from './error.js';
import { findOrCached } from './find-or-cached.js';
import { parseHubName } from './name.js';
import type { PretrainedOptions } from './options.js';
import { readRemotely } from './remote.js';
import { cacheFolderOf, type HubSettings, readHubSettings } from './settings.js';

export interface HubFolderOptions
  extends Pick<PretrainedOptions, 'token' | 'offline' | 'cacheFolder' | 'endpoint' | 'onProgress'> {
  /** Which of the repository's files are needed, by their path; the others are as if they were not there. @default all */
  wanted?: (path: string) => boolean;
}

/** The files of a repository on the hub, all of one commit. */
export interface HubFolder extends FileSource {
  /** Where they lie in the cache; undefined in a browser. */
  readonly folder: string | undefined;
  /** The commit. */
  readonly revision: string;
}

/**
 * Opens all files of a repository on the Hugging Face hub, whatever they are; `openPretrained` is for transformers models. In Node they are first
 * downloaded to the cache that Python uses too, each under a temporary name and compared with the hub's checksum; without a network the cache has
 * to have them all. In a browser each is read from the hub when it is asked for.
 *
 * @param name `owner/name`, or `owner/name@revision` with a branch, tag or commit. @default revision main
 * @throws {PretrainedError} if there is no such repository, it has no `config.json`, or a file cannot be downloaded or is damaged.
 */
export async function openHubFolder(name: string, options: HubFolderOptions = {}): Promise<HubFolder> {
  const parsed = parseHubName(name);
  if (!parsed) throw new PretrainedError(`${name} is not the name of a repository on the hub, such as owner/name.`);
  const { revision } = parsed;
  const settings = await readHubSettings({ ...options, ...(revision !== undefined && { revision }) });
  try {
    return isNode()
      ? await openCached(parsed.name, settings, options)
      : await openRemote(parsed.name, settings, options);
  } catch (error) {
    throw describeHubError(error, { ...settings, name: parsed.name }, 'give the folder of a saved model.');
  }
}

async function openCached(name: string, settings: HubSettings, options: HubFolderOptions): Promise<HubFolder> {
  const cacheFolder = await cacheFolderOf(options);
  const cache = await HubCache.open(cacheFolder, name);
  const { wanted = () => true } = options;
  const open = async (commit: string): Promise<HubFolder> => {
    const folder = await cache.snapshot(commit);
    const files = folderFiles(folder);
    return { name, folder, revision: commit, read: async (path) => (wanted(path) ? files.read(path) : undefined) };
  };
  const fromCache = async () => {
    const commit = await cache.readRef(settings.revision);
    return commit !== undefined && (await isWhole(cache, commit, wanted)) ? open(commit) : undefined;
  };
  const found = await findOrCached(name, settings, {
    cacheFolder,
    fromCache,
    advice: 'give the folder of a saved model.',
  });
  if ('cached' in found) return found.cached;
  const { repository } = found;
  const others = wantedFiles(repository, wanted).filter((file) => file !== 'config.json');
  // Last: where it is in the cache, the others are.
  await bringToCache(repository, [...others, 'config.json'], cache, options);
  await cache.writeRef(settings.revision, repository.commit);
  return open(repository.commit);
}

/** Whether the cache has all that is wanted of a commit. */
async function isWhole(cache: HubCache, commit: string, wanted: (path: string) => boolean): Promise<boolean> {
  if (!(await cache.has(commit, 'config.json'))) return false;
  const sums = await folderFiles(await cache.snapshot(commit)).read(CHECKSUMS_FILE);
  const listed = sums === undefined ? [] : listedFiles(sums, CHECKSUMS_FILE);
  for (const file of listed.filter(wanted)) if (!(await cache.has(commit, file))) return false;
  return true;
}

async function openRemote(name: string, settings: HubSettings, { wanted }: HubFolderOptions): Promise<HubFolder> {
  if (settings.offline) throw new PretrainedError('A browser keeps no cache of the hub: offline mode needs Node.');
  const repository = await findRepository(name, settings);
  const files = new Set(wantedFiles(repository, wanted));
  const remote = readRemotely(repository, files);
  return {
    name,
    folder: undefined,
    revision: repository.commit,
    read: async (path) => (files.has(path) ? remote.read(path) : undefined),
  };
}

function wantedFiles({ name, files, revision }: Repository, wanted: (path: string) => boolean = () => true): string[] {
  if (files.has('config.json')) return [...files].filter((file) => file === 'config.json' || wanted(file));
  throw new PretrainedError(`The repository ${name} (revision ${revision}) has no config.json, so it is not a model.`);
}
