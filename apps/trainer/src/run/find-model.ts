import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { MODEL_CARD_FILE } from 'llm-mde';
import { glob } from 'tinyglobby';

/**
 * The folder of a model: the given one, a run's best checkpoint, or a model that comes with the trainer by its name (see `pretrained/README.md`).
 *
 * @throws Error if there is none.
 */
export function findModel(path: string): string {
  const folder = existingModel(path);
  if (folder !== undefined) return folder;
  throw new Error(
    existsSync(path)
      ? `There is no model in ${path}: expected config.json in it or in its folder best.`
      : `${path} does not exist: give the folder of a run or of a saved model.${/^[\w.-]+\/[\w.-]+$/.test(path) ? ' Models of the Hugging Face hub are not opened by name.' : ''}`,
  );
}

/** The same; nothing if there is none. */
export function existingModel(path: string): string | undefined {
  const folder = [path, join(path, 'best')].find((candidate) => existsSync(join(candidate, 'config.json')));
  if (folder) return folder;
  const bundled = join(PRETRAINED, path);
  return /^[\w-]+$/.test(path) && existsSync(join(bundled, 'config.json')) ? bundled : undefined;
}

/** Whether a model's folder is one of those that come with the trainer. */
export function isBundled(folder: string): boolean {
  return PRETRAINED !== '' && dirname(resolve(folder)) === resolve(PRETRAINED);
}

/** A digest of a model's files, by which results record which model made them. */
export async function modelDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await glob('**/*.{json,safetensors}', { cwd: folder, ignore: [MODEL_CARD_FILE] })).sort()) {
    hash.update(`${file}\n`);
    await pipeline(createReadStream(join(folder, file)), hash, { end: false });
  }
  return hash.digest('hex');
}

/** One file up from the bundled program; two from the sources. */
const PRETRAINED =
  ['../pretrained', '../../pretrained'].map((path) => fileURLToPath(new URL(path, import.meta.url))).find(existsSync) ??
  '';
