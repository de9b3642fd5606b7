import { openFolder } from './folder-files.js';
import { openHubRepository } from './hub/hub-repository.js';
import type { PretrainedFiles } from './pretrained-files.js';
import { SelectedWeights, type WeightSelection } from './selected-weights.js';
import { openWeights, type WeightFiles } from './weight-files.js';

export interface PretrainedOptions {
  /** Branch, tag or commit of the repository on the hub. @default 'main' */
  revision?: string;
  /**
   * Access token for gated and private repositories, or false for none.
   * @default the environment's HF_TOKEN, or what `hf auth login` saved
   */
  token?: string | false;
  /** Take everything from the cache, without a network. @default whether the environment's HF_HUB_OFFLINE is 1 */
  offline?: boolean;
  /** Where files from the hub are kept. @default the folder that Python's huggingface_hub uses, by the same environment variables */
  cacheFolder?: string;
  /** The hub. @default the environment's HF_ENDPOINT, or https://huggingface.co */
  endpoint?: string;
  /** Called as files arrive from the network; what is in the cache already is not reported. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Files that are wanted where they exist, beside config.json and the weights. @default none */
  optionalFiles?: readonly string[];
}

export interface DownloadProgress {
  /** Name in the repository. */
  file: string;
  /** Bytes that are here. */
  loadedBytes: number;
  /** Bytes of the whole file. */
  totalBytes: number;
}

/**
 * Opens a pretrained model: `config.json`, the optional files and the safetensors, of which only the headers are read. In Node a
 * repository's files are first brought to the cache that Python uses too; in a browser they are read from the hub by range.
 *
 * @param nameOrFolder A folder, or a repository on the Hugging Face hub, such as `google-bert/bert-base-uncased`. A folder of that name
 * goes first, as in Python.
 * @throws {PretrainedError} if there is no such folder or repository, or a file is missing or out of reach.
 * @throws {SafetensorsError} if the weights are malformed.
 */
export async function openPretrained(nameOrFolder: string, options: PretrainedOptions = {}): Promise<Pretrained> {
  const files = (await openFolder(nameOrFolder)) ?? (await openHubRepository(nameOrFolder, options));
  return new Pretrained(files, await openWeights(files));
}

/** A pretrained model's files. Close it after use. */
export class Pretrained {
  constructor(
    private readonly files: PretrainedFiles,
    private readonly weightFiles: WeightFiles,
  ) {}

  /** The folder or repository as it was asked for. */
  get name(): string {
    return this.files.name;
  }

  /** The folder where the files lie, for a repository that in the cache; undefined in a browser. */
  get folder(): string | undefined {
    return this.files.folder;
  }

  /** The commit of the repository; undefined for a folder. */
  get revision(): string | undefined {
    return this.files.revision;
  }

  /** Whether a file is there to be read. Of a repository only config.json, the weights and the `optionalFiles` are. */
  has(file: string): boolean {
    return this.files.has(file);
  }

  /**
   * The content of a JSON file.
   * @throws {PretrainedError} if it is missing or not JSON.
   */
  async readJson(file: string): Promise<unknown> {
    return this.files.readJson(file);
  }

  /**
   * The tensors, over all files of a sharded checkpoint: what a module's `loadStateDict` takes. Each is read when it is asked for, until
   * `close`.
   * @throws {PretrainedError} if two tensors get the same name.
   */
  weights(selection: WeightSelection = {}): SelectedWeights {
    return new SelectedWeights(this.weightFiles, selection, this.name);
  }

  /** Closes the files; no tensor can be read afterwards. */
  async close(): Promise<void> {
    await this.weightFiles.close();
  }
}
