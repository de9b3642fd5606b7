import { PretrainedError } from '../pretrained-error.js';
import { findRepository, type Repository } from './api.js';
import { isUnreachable } from './error.js';
import type { HubSettings } from './settings.js';

interface CachedFiles<Files> {
  cacheFolder: string;
  /** All that is wanted of the revision, as the cache has it; undefined if it has not. */
  fromCache(): Promise<Files | undefined>;
  /** What else to do, as the end of a sentence. */
  advice: string;
}

/**
 * A repository as it is on the hub; in offline mode, or where the hub cannot be reached, what the cache has of it.
 *
 * @throws {PretrainedError} in offline mode if the cache has not all of it; what the hub answered otherwise.
 */
export async function findOrCached<Files>(
  name: string,
  settings: HubSettings,
  { cacheFolder, fromCache, advice }: CachedFiles<Files>,
): Promise<{ repository: Repository } | { cached: Files }> {
  if (settings.offline) {
    const cached = await fromCache();
    if (cached) return { cached };
    throw new PretrainedError(
      `${name} (revision ${settings.revision}) is not in the cache folder ${cacheFolder}, or not all of it, and offline mode is on: ` +
        `load it once with a network (without \`offline\`, and without HF_HUB_OFFLINE in the environment), or ${advice}`,
    );
  }
  try {
    return { repository: await findRepository(name, settings) };
  } catch (error) {
    const cached = isUnreachable(error) ? await fromCache() : undefined;
    if (cached) return { cached };
    throw error;
  }
}
