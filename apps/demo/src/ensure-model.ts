import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of the model that `npm start` trains; trains it first where it is missing, which takes minutes.
 *
 * @param folder Where the training run leaves its best checkpoint, `<run>/best`.
 * @param repository The root of this repository.
 * @throws if the training fails.
 */
export async function ensureModel(folder: string, repository: string): Promise<string> {
  if (existsSync(join(folder, 'config.json'))) return folder;
  console.log(`There is no trained model in ${folder} yet. Training a small one first:`);
  const trainer = join(repository, 'apps/trainer/dist/cli.js');
  const parameters = [trainer, 'train', '--preset', 'tiny', '--out', dirname(folder), '--resume'];
  const status = await new Promise<number | null>((resolve, reject) => {
    spawn(process.execPath, parameters, { cwd: repository, stdio: 'inherit' })
      .once('error', reject)
      .once('close', resolve);
  });
  if (status === 0 && existsSync(join(folder, 'config.json'))) return folder;
  throw new Error(`The training ended without a model in ${folder}. Run npm start, or name a model with --models.`);
}
