import { type PretrainedFiles, readJson } from '../file-source.js';
import { copyAdvice, readFolder } from '../folder.js';
import { isNode } from '../is-node.js';
import { PretrainedError } from '../pretrained-error.js';
import { INDEX_FILE, readIndex, requireSafetensors, SINGLE_FILE } from '../weight-files.js';
import { findRepository, type Repository } from './api.js';
import { bringToCache } from './bring-to-cache.js';
import { HubCache } from './cache.js';
import { describeHubError } from './error.js';
import { findOrCached } from './find-or-cached.js';
import type { PretrainedOptions } from './options.js';
import { readRemotely } from './remote.js';
import { cacheFolderOf, type HubSettings, readHubSettings } from './settings.js';

/** Opens a repository: by way of the cache in Node, by range requests in a browser. */
export async function openHubRepository(name: string, options: PretrainedOptions): Promise<PretrainedFiles> {
  const settings = await readHubSettings(options);
  try {
    return isNode() ? await openCached(name, settings, options) : await openRemote(name, settings, options);
  } catch (error) {
    throw describeHubError(error, { ...settings, name }, copyAdvice(name));
  }
}

/** Brings what is missing to the cache and reads it there. Without a network, what the cache has of the revision has to do. */
async function openCached(name: string, settings: HubSettings, options: PretrainedOptions): Promise<PretrainedFiles> {
  const cacheFolder = await cacheFolderOf(options);
  const cache = await HubCache.open(cacheFolder, name);
  const fromCache = async () => {
    const commit = await cache.readRef(settings.revision);
    if (commit === undefined || !(await cache.has(commit, 'config.json'))) return undefined;
    const files = await readFolder(await cache.snapshot(commit), { name, revision: commit });
    return files.has(INDEX_FILE) || files.has(SINGLE_FILE) ? files : undefined;
  };
  const found = await findOrCached(name, settings, { cacheFolder, fromCache, advice: copyAdvice(name) });
  if ('cached' in found) return found.cached;
  const { repository } = found;
  const bring = (files: string[]) => bringToCache(repository, files, cache, options);
  await bring(wantedFiles(repository, options.optionalFiles));
  const files = await readFolder(await cache.snapshot(repository.commit), { name, revision: repository.commit });
  if (repository.files.has(INDEX_FILE)) await bring(await shards(repository, files));
  await cache.writeRef(settings.revision, repository.commit);
  return files;
}

/** Reads a repository where it is, as a browser has to. */
export async function openRemote(
  name: string,
  settings: HubSettings,
  options: PretrainedOptions,
): Promise<PretrainedFiles> {
  if (settings.offline) throw new PretrainedError('A browser keeps no cache of the hub: offline mode needs Node.');
  const repository = await findRepository(name, settings);
  const wanted = wantedFiles(repository, options.optionalFiles);
  return readRemotely(repository, new Set(wanted));
}

/** All files to load but the parts of a sharded checkpoint, which only its index names. */
function wantedFiles({ name, files, revision }: Repository, optionalFiles: readonly string[] = []): string[] {
  if (!files.has('config.json')) {
    throw new PretrainedError(
      `The repository ${name} (revision ${revision}) has no config.json, so it is not a transformers model.`,
    );
  }
  requireSafetensors(`The repository ${name}`, (file) => files.has(file));
  const weights = files.has(INDEX_FILE) ? INDEX_FILE : SINGLE_FILE;
  return [...new Set(['config.json', ...optionalFiles.filter((file) => files.has(file)), weights])];
}

async function shards({ name, files }: Repository, downloaded: PretrainedFiles): Promise<string[]> {
  const place = `${INDEX_FILE} of ${name}`;
  const fileNames = [...new Set(readIndex(await readJson(downloaded, INDEX_FILE), place).values())];
  const absent = fileNames.find((file) => !files.has(file));
  if (absent !== undefined) throw new PretrainedError(`${place} names ${absent}, but that file is missing.`);
  return fileNames;
}
