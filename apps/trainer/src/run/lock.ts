import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

/** The process that a lock belongs to. */
interface Holder {
  pid: number;
  host: string;
  /** Tells the process from a later one of the same number; null where the system does not say. */
  started: string | null;
}

/** A holder that cannot be looked up, on another machine, counts as ended when its lock has not been touched for so long. */
const SILENT_SECONDS = 90;

/**
 * Takes a lock: a file that names this process. The lock of a process that has ended, killed or not, is taken over.
 *
 * @param what is locked, for the message.
 * @returns a function that releases it.
 * @throws Error if another process holds it.
 */
export async function acquireLock(path: string, what: string): Promise<() => Promise<void>> {
  const own: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const content = `${JSON.stringify(own)}\n`;
  await mkdir(dirname(path), { recursive: true });
  while (!(await created(path, content))) {
    const holder = await holderOf(path);
    if (holder) {
      throw new Error(
        `${what} is in use by process ${holder.pid} on ${holder.host}: wait until that ends, or choose another folder with --out. If there is no such process, delete ${path}.`,
      );
    }
    // Renamed first: of two processes that take it over, one gets it.
    const stale = `${path}.${randomUUID()}.tmp`;
    await rename(path, stale).catch(() => {});
    await rm(stale, { force: true });
  }
  const sign = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), (SILENT_SECONDS / 6) * 1000);
  sign.unref();
  const release = () => {
    clearInterval(sign);
    process.off('exit', release);
    if (textOf(path) === content) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return async () => release();
}

/** Whether a running process holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  return (await holderOf(path)) !== undefined;
}

async function created(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(content).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The running process that holds the lock, if there is one. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const [text, facts] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(() => ['', undefined] as const);
  if (!facts) return undefined;
  const isSilent = Date.now() - facts.mtimeMs > 1000 * SILENT_SECONDS;
  let holder: Holder;
  try {
    holder = JSON.parse(text);
  } catch {
    // Made a moment ago and still empty, or left so by a crash.
    return isSilent ? undefined : { pid: 0, host: 'an unknown machine', started: null };
  }
  if (holder.host !== hostname()) return isSilent ? undefined : holder;
  const started = startOf(holder.pid);
  const isOther = started !== null && holder.started !== null && started !== holder.started;
  return isRunning(holder.pid) && !isOther ? holder : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** On Linux the boot and the tick at which a process started; the number of a process is used again after its end. */
function startOf(pid: number): string | null {
  const afterName = textOf(`/proc/${pid}/stat`)?.split(') ').at(-1);
  return afterName ? `${textOf('/proc/sys/kernel/random/boot_id')?.trim()} ${afterName.split(' ')[19]}` : null;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
