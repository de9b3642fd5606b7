// What every step needs: errors that are told rather than thrown at the user, commands whose output goes to a log, progress lines,
// temporary folders and a lock.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that the user can put right: printed as it stands, without a stack. */
export class NativeError extends Error {}

/**
 * Runs a command and resolves to `{ status, signal, output }`; output holds stdout, then stderr, and is also written to the file
 * `log` if one is named. Never rejects: a command that could not start has status -1 and the reason as output.
 */
export function run(context, command, parameters, { environment = context.environment, cwd, log, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { env: environment, cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => chunks[name].push(chunk));
    const finish = (status, signal, extra = '') => {
      const [stdout, stderr] = ['stdout', 'stderr'].map((name) => Buffer.concat(chunks[name]).toString('utf8'));
      const output = `${stdout}${stderr}${extra}`;
      if (log) writeFileSync(log, `${[command, ...parameters].join(' ')}\n\n${output}`);
      resolve({ status, signal, stdout, output });
    };
    child.on('error', (error) => finish(-1, null, error.message));
    child.on('close', (status, signal) => finish(status, signal));
  });
}

/** Prints the title, does the action, and prints how long it took; says every half minute that it is still at it. */
export async function step(context, title, action) {
  context.print(`▶ ${title}`);
  const start = performance.now();
  const heartbeat = setInterval(() => context.print(`  … still at it after ${seconds(start)}`), 30_000);
  try {
    const result = await action();
    context.print(`  done in ${seconds(start)}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Time since `start` (of performance.now()), as "1.2 s". */
export function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** The last lines of a command's output, indented, for an error message. */
export function lastLines(output, count = 12) {
  const lines = output.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `  ${line}`).join('\n');
}

/** Path of the log file of one kind of step; its folder is made. */
export function logFile(context, name) {
  mkdirSync(join(context.cache, 'logs'), { recursive: true });
  return join(context.cache, 'logs', `${name}.log`);
}

/** A new folder for work under way. Leftovers of an interrupted run are removed by `removeLeftovers`. */
export function temporaryFolder(context) {
  return mkdtempSync(join(context.cache, 'temporary-'));
}

/** Removes the work folders of runs that are over. Only under the lock. */
export function removeLeftovers(context) {
  for (const name of readdirSync(context.cache)) {
    if (name.startsWith('temporary-')) rmSync(join(context.cache, name), { recursive: true, force: true });
  }
}

/** Does the action while no other run does; throws a NativeError if one is under way. */
export async function withLock(context, action) {
  mkdirSync(context.cache, { recursive: true });
  const lock = join(context.cache, 'lock');
  takeLock(lock);
  try {
    return await action();
  } finally {
    removeLeftovers(context);
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(lock, 'wx');
      writeFileSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(lock, 'utf8'));
      if (isRunning(owner)) {
        throw new NativeError(
          `Another \`npm run native\` (process ${owner}) is under way. Wait for it, or delete ${lock} if that is not so.`,
        );
      }
      rmSync(lock, { force: true });
    }
  }
  throw new NativeError(`${lock} can't be taken: another \`npm run native\` has just started.`);
}

function isRunning(process_) {
  if (!Number.isInteger(process_) || process_ <= 0) return false;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
