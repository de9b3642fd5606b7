import type { FileSource } from '../file-source.js';

export interface PretrainedOptions {
  /** Read config.json, the weights and the optional files from here. @default the folder or repository of the name */
  source?: FileSource;
  /** Branch, tag or commit of the repository on the hub. @default 'main' */
  revision?: string;
  /**
   * Access token for gated and private repositories, or false for none.
   * @default the environment's HF_TOKEN, or what `hf auth login` saved
   */
  token?: string | false;
  /** Read everything from the cache, without a network. @default whether the environment's HF_HUB_OFFLINE is 1 */
  offline?: boolean;
  /** Where files from the hub are kept. @default the folder that Python's huggingface_hub uses, by the same environment variables */
  cacheFolder?: string;
  /** The hub's address. @default the environment's HF_ENDPOINT, or https://huggingface.co */
  endpoint?: string;
  /** Called as files arrive from the network; what is in the cache already is not reported. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Files to load if they exist, besides config.json and the weights. @default none */
  optionalFiles?: readonly string[];
}

export interface DownloadProgress {
  /** Name in the repository. */
  file: string;
  /** Bytes received so far. */
  loadedBytes: number;
  /** Bytes of the whole file. */
  totalBytes: number;
}
