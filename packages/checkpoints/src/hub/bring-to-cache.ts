import { PretrainedError } from '../pretrained-error.js';
import { findFiles, type Repository } from './api.js';
import type { HubCache } from './cache.js';
import { download } from './download.js';
import type { PretrainedOptions } from './options.js';

/** Downloads what the cache does not have of a repository's files, one after the other in their order. */
export async function bringToCache(
  repository: Repository,
  files: readonly string[],
  cache: HubCache,
  { onProgress }: Pick<PretrainedOptions, 'onProgress'>,
): Promise<void> {
  const { commit, token } = repository;
  const missing: string[] = [];
  for (const file of files) if (!(await cache.has(commit, file))) missing.push(file);
  if (missing.length === 0) return;
  const found = await findFiles(repository, missing);
  // Several at once would hardly be faster, and harder to follow.
  for (const file of missing) {
    const info = found.get(file);
    if (!info) throw new PretrainedError(`The repository ${repository.name} has no ${file} at ${commit}.`);
    await cache.add(commit, file, info.etag, (path) =>
      download(info, token, path, (loadedBytes) => onProgress?.({ file, loadedBytes, totalBytes: info.size })),
    );
  }
}
