import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { glob } from 'tinyglobby';
import { bundledModel } from '../bundled-models.js';

/**
 * The folder of a model: the one given, a run's best checkpoint, or one that comes with the trainer.
 *
 * @throws Error if neither is there.
 */
export function findModel(path: string): string {
  const folder = [path, join(path, 'best')].find((candidate) => existsSync(join(candidate, 'config.json')));
  if (folder) return folder;
  const bundled = bundledModel(path);
  if (bundled) return bundled;
  throw new Error(
    existsSync(path)
      ? `There is no model in ${path}: expected a model's config.json there or, in the folder of a run, in best.`
      : `There is no ${path}: give the folder of a run, or that of a saved model.`,
  );
}

/** A digest of a model's files, by which results tell which model they are of. */
export async function modelDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await glob('**/*.{json,safetensors}', { cwd: folder })).sort()) {
    hash.update(`${file}\n`);
    await pipeline(createReadStream(join(folder, file)), hash, { end: false });
  }
  return hash.digest('hex');
}
