import { resolve } from 'node:path';
import { watch } from 'chokidar';
import { findInputs, type Input } from './find-inputs.js';

/** A file that has not grown for so long is whole. */
const SETTLED_MILLISECONDS = 1000;

/**
 * Tells of the images in folders once all that happens there is seen, and then of those that appear or change, when they are whole. Calls do not
 * overlap.
 *
 * @param folders as they were named.
 * @param out the folder for the results, which is not watched.
 * @param signal ends it, after the call that is under way.
 * @param onImages told also whether they appeared or changed since.
 */
export async function watchImages(
  folders: readonly string[],
  out: string,
  signal: AbortSignal,
  onImages: (inputs: Input[], areNew: boolean) => Promise<void>,
): Promise<void> {
  const changed = new Set<string>();
  let isReady = false;
  let wake = () => {};
  const watcher = watch(
    folders.map((folder) => resolve(folder)),
    {
      ignoreInitial: true,
      ignored: (path) => path === resolve(out),
      awaitWriteFinish: { stabilityThreshold: SETTLED_MILLISECONDS },
    },
  );
  const failed = new Promise<never>((_, reject) => watcher.once('error', reject));
  failed.catch(() => {});
  const onFile = (path: string) => {
    changed.add(path);
    wake();
  };
  watcher.on('add', onFile).on('change', onFile);
  watcher.once('ready', () => {
    isReady = true;
    wake();
  });
  signal.addEventListener('abort', () => wake());
  const tell = async (isWanted: (path: string) => boolean, areNew: boolean) => {
    const inputs = (await findInputs(folders, out, { mayBeEmpty: true })).filter(({ path }) => isWanted(path!));
    if (inputs.length > 0) await onImages(inputs, areNew);
  };
  try {
    for (let hasBegun = false; !signal.aborted; ) {
      const woken = new Promise<void>((resume) => {
        wake = resume;
      });
      if (isReady && !hasBegun) {
        hasBegun = true;
        await tell(() => true, false);
      } else if (isReady && changed.size > 0) {
        const paths = new Set(changed);
        changed.clear();
        await tell((path) => paths.has(path), true);
      } else await Promise.race([woken, failed]);
    }
  } finally {
    await watcher.close();
  }
}
