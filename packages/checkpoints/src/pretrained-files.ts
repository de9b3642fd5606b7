import { PretrainedError } from './pretrained-error.js';
import type { SafetensorsFile } from './safetensors-file.js';

/** Where a pretrained model's files come from: a folder, or the hub. */
export interface PretrainedFiles {
  readonly name: string;
  readonly folder: string | undefined;
  readonly revision: string | undefined;
  has(file: string): boolean;
  readJson(file: string): Promise<unknown>;
  openSafetensors(file: string): Promise<SafetensorsFile>;
}

/** @param place What the file is called in messages. */
export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PretrainedError(`${place} is not JSON: ${(error as Error).message}.`);
  }
}
