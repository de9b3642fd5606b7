import { folderFiles, type PretrainedFiles } from './file-source.js';
import { isNode } from './is-node.js';
import { PretrainedError } from './pretrained-error.js';
import { SafetensorsFile } from './safetensors/file.js';

/**
 * A folder on this machine.
 * @returns undefined if there is none and the name can be a repository's.
 * @throws {PretrainedError} if the name can only be a folder's and there is none, or config.json is not in it.
 */
export async function openFolder(path: string): Promise<PretrainedFiles | undefined> {
  if (isNode()) {
    const { stat } = await import('node:fs/promises');
    const status = await stat(path).catch(() => undefined);
    if (status?.isDirectory()) return readFolder(path);
    if (status) throw new PretrainedError(`${path} is a file; give the folder that holds config.json and the weights.`);
  }
  if (isRepositoryName(path)) return undefined;
  throw new PretrainedError(
    `There is no folder ${path}${isNode() ? '' : ' in a browser'}, and it is not the name of a repository on the hub, such as google-bert/bert-base-uncased.`,
  );
}

/**
 * A repository's copy in the folder that the environment variable LLM_MDE_TOWERS names: `LLM_MDE_TOWERS/dinov2-small` for
 * `facebook/dinov2-small`. For machines without a hub.
 * @returns undefined if the variable is not set, or its folder has no such copy.
 * @throws {PretrainedError} if the variable names no folder, or config.json is not in the copy.
 */
export async function openLocalCopy(repository: string): Promise<PretrainedFiles | undefined> {
  const towers = localCopies();
  if (!towers) return undefined;
  const { statSync } = await import('node:fs');
  const { basename, join } = await import('node:path');
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder(towers)) {
    throw new PretrainedError(
      `The environment variable LLM_MDE_TOWERS is ${towers}, which is not a folder: name the one that holds ${basename(repository)}, or unset it.`,
    );
  }
  const folder = join(towers, basename(repository));
  return isFolder(folder) ? readFolder(folder) : undefined;
}

/** What else can be done where a repository can't be had from the hub. */
export function copyAdvice(repository: string): string {
  if (!isNode()) return 'give a folder with the files.';
  const folder = repository.slice(repository.lastIndexOf('/') + 1);
  const towers = localCopies();
  return towers
    ? `put a copy of the repository's files into ${towers}/${folder} (LLM_MDE_TOWERS), which does not exist.`
    : `give a folder with the files: ${folder} in the folder that the environment variable LLM_MDE_TOWERS names.`;
}

function localCopies(): string | undefined {
  return (isNode() && process.env.LLM_MDE_TOWERS) || undefined;
}

/** `owner/name`, or a name alone, as the oldest repositories have it. */
function isRepositoryName(name: string): boolean {
  return /^(?:[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name) && !name.includes('..') && !name.includes('--');
}

/** A folder that exists, under the name and commit of the repository that it is a copy of. */
export async function readFolder(
  folder: string,
  { name = folder, revision }: { name?: string; revision?: string } = {},
): Promise<PretrainedFiles> {
  const { existsSync } = await import('node:fs');
  const { join } = await import('node:path');
  const files: PretrainedFiles = {
    ...folderFiles(folder),
    name,
    folder,
    revision,
    has: (file) => existsSync(join(folder, file)),
    openSafetensors: (file) => SafetensorsFile.open(join(folder, file)),
  };
  if (files.has('config.json')) return files;
  throw new PretrainedError(
    `The folder ${folder} has no config.json: give a folder that save_pretrained of Hugging Face transformers wrote, or one that holds a copy of a repository's files.`,
  );
}
