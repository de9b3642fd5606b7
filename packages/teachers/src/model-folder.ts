import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type FileSource,
  folderFiles,
  type HubFolderOptions,
  openHubFolder,
  PretrainedError,
  parseHubName,
} from '@llm-mde/checkpoints';

/** What every model in transformers.js' layout has; its graph in single precision. */
export const REQUIRED = ['config.json', 'preprocessor_config.json', 'onnx/model.onnx'] as const;
/** Weights that are too large for the graph's own file. */
export const WEIGHTS_BESIDE = 'onnx/model.onnx_data';
const WANTED: readonly string[] = [...REQUIRED, WEIGHTS_BESIDE, 'README.md'];

export interface ModelFolder extends FileSource {
  /** Where the files are, for a repository in the cache. */
  readonly folder: string;
  /** The commit of a repository. */
  readonly revision?: string | undefined;
}

/**
 * Finds a model's files: a folder that exists comes before a repository of that name.
 *
 * @throws {PretrainedError} if there is neither, or a file is missing or cannot be downloaded.
 */
export async function openModelFolder(nameOrFolder: string, options: HubFolderOptions): Promise<ModelFolder> {
  const files = await findFolder(nameOrFolder, options);
  const missing = REQUIRED.find((file) => !existsSync(join(files.folder, file)));
  if (missing === undefined) return files;
  const place = files.revision === undefined ? `The folder ${files.folder}` : `${files.name} at ${files.revision}`;
  throw new PretrainedError(`${place} has no ${missing}, so it is no depth model in transformers.js' layout.`);
}

async function findFolder(nameOrFolder: string, options: HubFolderOptions): Promise<ModelFolder> {
  // Absolute: transformers.js takes a plain name for one of the hub.
  if (existsSync(nameOrFolder)) return { ...folderFiles(nameOrFolder), folder: resolve(nameOrFolder) };
  if (!parseHubName(nameOrFolder)) {
    throw new PretrainedError(
      `There is no folder ${nameOrFolder}, and it is not the name of a repository on the hub, such as onnx-community/depth-anything-v2-small.`,
    );
  }
  const { folder, ...files } = await openHubFolder(nameOrFolder, {
    ...options,
    wanted: (path) => WANTED.includes(path),
  });
  return { ...files, folder: folder! };
}
