import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Trains the model of `npm start` if it does not exist yet, which takes minutes.
 *
 * @param folder The best checkpoint of the training run, `<run>/best`.
 * @param repository The root of this repository.
 * @returns the folder.
 * @throws if the training fails.
 */
export async function ensureModel(folder: string, repository: string): Promise<string> {
  if (existsSync(join(folder, 'config.json'))) return folder;
  console.log(`No trained model in ${folder} yet. Training a small one first:`);
  const trainer = join(repository, 'apps/trainer/dist/cli.js');
  const parameters = [trainer, 'train', '--preset', 'tiny', '--out', dirname(folder), '--resume'];
  const status = await new Promise<number | null>((resolve, reject) => {
    spawn(process.execPath, parameters, { cwd: repository, stdio: 'inherit' })
      .once('error', reject)
      .once('close', resolve);
  });
  if (status === 0 && existsSync(join(folder, 'config.json'))) return folder;
  throw new Error(`The training failed: no model in ${folder}. Run npm start, or choose a model with --models.`);
}
