import type { PretrainedFiles } from '../file-source.js';
import { PretrainedError } from '../pretrained-error.js';
import { SafetensorsFile } from '../safetensors/file.js';
import type { Repository } from './api.js';
import { hubFetch } from './error.js';

/**
 * A repository that is read from the hub: each tensor is one request for its range. The browser decides what it caches.
 * @param wanted The files that `has` knows.
 */
export function readRemotely(repository: Repository, wanted: ReadonlySet<string>): PretrainedFiles {
  const { name, commit, files } = repository;
  const openBlob = async (file: string) => {
    const { downloadFile } = await import('@huggingface/hub');
    return downloadFile({
      repo: { type: 'model', name },
      path: file,
      revision: commit,
      hubUrl: repository.endpoint,
      accessToken: repository.token,
      fetch: hubFetch,
      // Plain range requests: the other way fetches and unpacks whole chunks around each tensor.
      xet: false,
    });
  };
  return {
    name,
    folder: undefined,
    revision: commit,
    has: (file) => wanted.has(file) || (/\.safetensors$/.test(file) && files.has(file)),
    async read(file) {
      const blob = await openBlob(file);
      return blob ? new Uint8Array(await blob.arrayBuffer()) : undefined;
    },
    async openSafetensors(file) {
      const blob = await openBlob(file);
      if (blob) return SafetensorsFile.fromBlob(blob, `${file} of ${name}`);
      throw new PretrainedError(`${name} has no ${file}.`);
    },
  };
}
