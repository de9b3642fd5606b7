// What every step needs: commands whose output goes to a log, and progress lines.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** The last line of what a program printed, which is JSON, or undefined where it is not. */
export function lastLineAsJson(text) {
  try {
    return JSON.parse(text.trim().split('\n').at(-1));
  } catch {
    return undefined;
  }
}
