import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { recoverFolder, replaceFolder } from '@llm-mde/checkpoints';
import { UsageError, writing } from '../output/sentences.js';
import { isShipped } from './find-model.js';

/**
 * @param folder Of a model that is to be changed.
 * @param out The new folder for a changed copy, if there is to be one.
 * @throws UsageError or Error if the change cannot be stored there.
 */
export async function checkPlace(folder: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    if (!(await isShipped(folder))) return;
    throw new UsageError(
      'The models that come with llm-mde are not changed: name a folder for the changed copy with --out.',
    );
  }
  if (existsSync(out)) throw new Error(`${out} already exists: choose another --out.`);
  if (resolve(out).startsWith(resolve(folder) + sep)) {
    throw new UsageError(`${out} lies in the model's own folder: choose another --out.`);
  }
}

/** Changes a model, or writes a copy that is changed; see `checkPlace`. */
export async function changeModel(
  folder: string,
  out: string | undefined,
  change: (folder: string) => Promise<void>,
): Promise<void> {
  if (out === undefined) return writing(folder, () => change(folder));
  await recoverFolder(out);
  await writing(out, () =>
    replaceFolder(out, async (temporary) => {
      await cp(folder, temporary, { recursive: true, dereference: true });
      await change(temporary);
    }),
  );
}
