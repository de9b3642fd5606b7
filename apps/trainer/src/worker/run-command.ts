import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { CommandWork } from '../queue/command-work.js';
import { NotHere, seesFolder } from '../queue/jobs.js';
import { isLocked } from '../run/lock.js';
import { INTERRUPTED, Interrupted } from '../train/interruption.js';

/**
 * Runs a part of a command in a process of its own, which ends with this one.
 *
 * @throws {Interrupted} if the signal stopped it, once it has saved what it can go on from.
 * @throws {NotHere} if this machine does not see the folder, or another process does it.
 * @throws Error with the last line of what it said if it fails.
 */
export async function runCommand(
  { parameters, directory, folder, lock }: CommandWork,
  signal: AbortSignal,
): Promise<undefined> {
  await seesFolder(directory);
  await seesFolder(folder);
  if (lock !== undefined && (await isLocked(lock))) {
    throw new NotHere(`Another process is at it (${lock}).`, true);
  }
  const child = spawn(process.execPath, [process.argv[1]!, ...parameters], {
    cwd: directory,
    // Ctrl-C reaches it once: from here. Without this process its channel closes, and it ends.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let last = '';
  createInterface(child.stderr!).on('line', (line) => {
    last = line;
    console.error(`  ${line}`);
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const [code, killed] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  signal.removeEventListener('abort', stop);
  if (code === 0) return undefined;
  if (code === INTERRUPTED || signal.aborted) throw new Interrupted('Saved.');
  if (killed) throw new Error(`llm-mde ${parameters[0]} was ended by ${killed}, perhaps for lack of memory.`);
  throw new Error(last.replace(/^llm-mde: /, '') || `llm-mde ${parameters[0]} failed with the exit code ${code}.`);
}
