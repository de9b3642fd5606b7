import { PretrainedError } from '../pretrained-error.js';
import { COMMIT } from './cache.js';
import { type HubLocation, hubFetch } from './error.js';
import type { HubSettings } from './settings.js';

/** A repository at one commit. */
export interface Repository extends HubLocation {
  commit: string;
  token: string | undefined;
  /** Names of all its files. */
  files: ReadonlySet<string>;
}

/** Asks the hub for the commit that a revision stands for, and for its list of files. */
export async function findRepository(name: string, { endpoint, revision, token }: HubSettings): Promise<Repository> {
  const { modelInfo } = await import('@huggingface/hub');
  const { sha, filePaths } = await modelInfo({
    name,
    revision,
    hubUrl: endpoint,
    accessToken: token,
    fetch: hubFetch,
    additionalFields: ['sha', 'filePaths'],
  });
  if (!COMMIT.test(sha)) throw new PretrainedError(`${endpoint} does not say at which commit ${name} is: is it a hub?`);
  return { endpoint, name, revision, token, commit: sha, files: new Set(filePaths) };
}

/** What is to be downloaded for a file. */
export interface FileInfo {
  url: string;
  /** Bytes. */
  size: number;
  /** Of large files the SHA-256 of the content, of small ones git's identifier, a SHA-1: what the cache calls them, in Python too. */
  etag: string;
}

/** Asks the hub for the size and identifier of files that it has. */
export async function findFiles(repository: Repository, files: readonly string[]): Promise<Map<string, FileInfo>> {
  const { endpoint, name, commit, token } = repository;
  const { pathsInfo } = await import('@huggingface/hub');
  const found = await pathsInfo({
    repo: { type: 'model', name },
    paths: [...files],
    revision: commit,
    hubUrl: endpoint,
    accessToken: token,
    fetch: hubFetch,
  });
  return new Map(
    found.map(({ path, size, oid, lfs }) => {
      const etag = lfs?.oid ?? oid ?? '';
      // It becomes the name of a file.
      if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(etag))
        throw new PretrainedError(`${endpoint} gives ${path} no usable identifier.`);
      const url = `${endpoint}/${name}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
      return [path, { url, size: lfs?.size ?? size, etag }];
    }),
  );
}
