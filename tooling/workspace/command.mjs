// What the commands of the other folders have in common.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPnpm } from './pnpm.mjs';

let pnpm;

/** Options of several commands. */
export const DEVICE = { 'device NAME': 'device to compute on (default: the best one, or LLM_MDE_DEVICE)' };
export const PYTHON = {
  'python PATH': `a Python that has the packages in tooling/parity/requirements.txt
(default: a private virtual environment in .cache/parity/venv, made when it is missing)`,
};

/**
 * Parses a command's options and runs it. `--help` lists them; an error is printed as a sentence (with DEBUG set, whole) and makes the exit
 * status 1.
 *
 * @param name how the command is called: `npm run parity -- lora`.
 * @param options what each option is for, by its name and, where it takes one, its value: `{ 'device NAME': 'device to compute on' }`.
 * @param run gets the options' values.
 */
export async function runCommand({ name, options, run }) {
  const listed = Object.entries({ ...options, help: 'list these options' });
  const parsed = listed.map(([option]) => option.split(' ')).map(([key, value]) => [key, value ? 'string' : 'boolean']);
  try {
    const { values } = parseArgs({ options: Object.fromEntries(parsed.map(([key, type]) => [key, { type }])) });
    if (values.help) console.log(usage(name, listed));
    else await run(values);
  } catch (error) {
    console.error(`\n${error.message}`);
    if (process.env.DEBUG) console.error(error);
    process.exitCode = 1;
  }
}

function usage(name, options) {
  const width = Math.max(...options.map(([option]) => option.length)) + 3;
  const lines = options.map(([option, help]) => {
    return `  --${option.padEnd(width)}${help.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`;
  });
  return [`${name} [options]`, '', ...lines].join('\n');
}

/** Runs `use` with a new folder, which is removed at the end. */
export async function inTemporaryFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'llm-mde-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command and returns what it printed. `pnpm` is the pinned one. @throws Error with its output if it fails. */
export function run(command, parameters, options = {}) {
  if (command === 'pnpm') pnpm ??= findPnpm();
  const [program, ...first] = command === 'pnpm' ? pnpm : [command];
  const { status, error, stdout, stderr } = spawnSync(program, [...first, ...parameters], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    // On Windows npm is a script.
    shell: process.platform === 'win32' && /^p?np[mx]$/.test(program),
    ...options,
  });
  if (error) throw new Error(`${program} could not be started: ${error.message}`);
  if (status !== 0) {
    throw new Error(`${command} ${parameters.join(' ')} ended with status ${status}:\n${stdout ?? ''}${stderr ?? ''}`);
  }
  return stdout;
}
