import { PretrainedError } from '../pretrained-error.js';
import { type PretrainedFiles, parseJson } from '../pretrained-files.js';
import { SafetensorsFile } from '../safetensors-file.js';
import type { Repository } from './hub-api.js';
import { hubFetch } from './hub-error.js';

/**
 * A repository that is read where it is: each tensor is one request for its range. What is kept is up to the browser.
 * @param wanted The files that `has` tells of.
 */
export function readRemotely(repository: Repository, wanted: ReadonlySet<string>): PretrainedFiles {
  const { name, commit, files } = repository;
  const openBlob = async (file: string) => {
    const { downloadFile } = await import('@huggingface/hub');
    const blob = await downloadFile({
      repo: { type: 'model', name },
      path: file,
      revision: commit,
      hubUrl: repository.endpoint,
      accessToken: repository.token,
      fetch: hubFetch,
      // Plain range requests: the other way fetches and unpacks whole chunks around each tensor.
      xet: false,
    });
    if (blob) return blob;
    throw new PretrainedError(`The repository ${name} has no ${file} at ${commit}.`);
  };
  return {
    name,
    folder: undefined,
    revision: commit,
    has: (file) => wanted.has(file) || (/\.safetensors$/.test(file) && files.has(file)),
    readJson: async (file) => parseJson(await (await openBlob(file)).text(), `${file} of ${name}`),
    openSafetensors: async (file) => SafetensorsFile.fromBlob(await openBlob(file), `${file} of ${name}`),
  };
}
