import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MODEL_NAMES, modelFolder } from '@llm-mde/models';
import * as llmMde from 'llm-mde';
import { glob } from 'tinyglobby';

/**
 * The folder of a model that a command line names, as `LlmMde.load` finds it: a folder, a run's best checkpoint, a model that comes with llm-mde, or
 * a repository on the Hugging Face hub, which is downloaded to the cache of the hub first.
 *
 * @throws Error if there is none, or it is an address.
 */
export async function findModel(name: string): Promise<string> {
  const { folder } = /^https?:/.test(name) ? { folder: undefined } : await llmMde.findModel(name);
  if (folder !== undefined) return folder;
  throw new Error(
    `${name} is an address, and models are read from folders: download it first, or give a repository on the Hugging Face hub as owner/name.`,
  );
}

/** Whether a model on this machine has this name. */
export async function isModel(name: string): Promise<boolean> {
  return ((await modelFolder(name)) ?? (await llmMde.modelWithin(llmMde.folderFiles(name)))) !== undefined;
}

/** Whether a model's folder is one of those that come with llm-mde. */
export async function isShipped(folder: string): Promise<boolean> {
  const shipped = await Promise.all(MODEL_NAMES.map(modelFolder));
  return shipped.some((each) => resolve(each!) === resolve(folder));
}

/**
 * What a model is called on every machine that sees the same folders: one that comes with llm-mde or is of the hub by its name, others by
 * their absolute path.
 *
 * @param reference as a command line names it, if it does.
 * @param folder where it was found.
 */
export async function nameEverywhere(reference: string | undefined, folder: string): Promise<string> {
  for (const name of MODEL_NAMES) if (resolve((await modelFolder(name))!) === resolve(folder)) return name;
  return reference === undefined || existsSync(reference) ? resolve(reference ?? folder) : reference;
}

/** A digest of a model's files, by which results record which model made them. */
export async function modelDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (
    await glob('**/*.{json,safetensors}', { cwd: folder, ignore: [llmMde.MODEL_CARD_FILE] })
  ).sort()) {
    hash.update(`${file}\n`);
    for await (const piece of createReadStream(join(folder, file))) hash.update(piece);
  }
  return hash.digest('hex');
}
