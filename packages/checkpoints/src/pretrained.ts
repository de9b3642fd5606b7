import type { PretrainedFiles } from './file-source.js';
import { openFolder, openLocalCopy } from './folder.js';
import type { PretrainedOptions } from './hub/options.js';
import { openHubRepository } from './hub/repository.js';
import { PretrainedError } from './pretrained-error.js';
import type { DataType } from './safetensors/data-types.js';
import { openSource } from './source-files.js';
import { openWeights, type WeightFiles } from './weight-files.js';

/**
 * Opens a pretrained model: `config.json`, the optional files and the safetensors, of which only the headers are read. In Node a
 * repository's files are first downloaded to the cache that Python uses too; in a browser they are read from the hub by range.
 *
 * @param nameOrFolder A folder, or a repository on the Hugging Face hub, such as `google-bert/bert-base-uncased`. A folder of that name
 * has priority, as in Python; then a copy in the folder that the environment variable LLM_MDE_TOWERS names.
 * @throws {PretrainedError} if there is no such folder or repository, or a file is missing or cannot be downloaded.
 * @throws {SafetensorsError} if the weights are malformed.
 */
export async function openPretrained(nameOrFolder: string, options: PretrainedOptions = {}): Promise<Pretrained> {
  const files = options.source
    ? await openSource(options.source, options)
    : ((await openFolder(nameOrFolder)) ??
      (await openLocalCopy(nameOrFolder)) ??
      (await openHubRepository(nameOrFolder, options)));
  return new Pretrained(files, await openWeights(files));
}

/** A tensor that is read when it is asked for. */
export interface LazyWeight {
  shape: readonly number[];
  /** The type in the file. */
  dtype: DataType;
  /**
   * The values, row-major: floats as float32, integers and BOOL as int32.
   * @throws {SafetensorsError} if one is NaN or infinite.
   */
  read(): Promise<Float32Array | Int32Array>;
}

/** A pretrained model's files. Close it after use. */
export class Pretrained {
  constructor(
    readonly files: PretrainedFiles,
    private readonly weightFiles: WeightFiles,
  ) {}

  /** Names of the files that hold the weights: one, or those of a sharded checkpoint and the index that names them. */
  get weightFileNames(): readonly string[] {
    return this.weightFiles.names;
  }

  /**
   * The tensors, over all files of a sharded checkpoint: what a module's `loadStateDict` takes. Each is read when it is asked for, until
   * `close`.
   * @param rename The name that the module has, by that in the checkpoint; undefined leaves a tensor out. @default the same name
   * @throws {PretrainedError} if two tensors get the same name.
   */
  weights(rename: (name: string) => string | undefined = (name) => name): Map<string, LazyWeight> {
    const weights = new Map<string, LazyWeight>();
    const originals = new Map<string, string>();
    for (const [original, file] of this.weightFiles.tensors) {
      const name = rename(original);
      if (name === undefined) continue;
      if (originals.has(name)) {
        throw new PretrainedError(
          `${this.files.name} holds both ${originals.get(name)} and ${original}, which are both ${name} here.`,
        );
      }
      originals.set(name, original);
      const { shape, dtype } = file.tensors.get(original)!;
      weights.set(name, { shape, dtype, read: () => file.readFinite(original) });
    }
    return weights;
  }

  /** What is wrong if a module does not take the weights: the `misfit` of nn's `loadStateDict`. */
  get misfit(): string {
    return `The weights of ${this.files.name} do not fit its config.json: take both from one model`;
  }

  /** Closes the files; no tensor can be read afterwards. */
  async close(): Promise<void> {
    await this.weightFiles.close();
  }
}
