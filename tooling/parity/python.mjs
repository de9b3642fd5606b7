// A Python with the packages in requirements.txt: one that was named, or a private virtual environment.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../workspace/command.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENVIRONMENT = join(ROOT, '.cache', 'parity', 'venv');
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const WINDOWS = process.platform === 'win32';

/**
 * @param named Path of a Python that has the packages; without it the private environment is used, and made where it is missing.
 * @returns the path of the executable.
 */
export function findPython(named) {
  if (named) {
    const check = spawnSync(named, ['-c', 'import torch, transformers, safetensors'], { encoding: 'utf8' });
    if (check.error) throw new Error(`${named} could not be started: ${check.error.message}`);
    if (check.status !== 0) {
      const reason = check.stderr.trim().split('\n').at(-1);
      throw new Error(
        `${named} lacks a package (${reason}): install tooling/parity/requirements.txt into it, or leave --python out.`,
      );
    }
    return named;
  }
  const python = join(ENVIRONMENT, WINDOWS ? 'Scripts/python.exe' : 'bin/python');
  const stamp = join(ENVIRONMENT, 'requirements-installed.txt');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  const shown = relative(process.cwd(), ENVIRONMENT) || ENVIRONMENT;
  if (!existsSync(python)) {
    console.log(`▶ Python: make a virtual environment in ${shown}`);
    const system = WINDOWS ? 'python' : 'python3';
    const made = spawnSync(system, ['-m', 'venv', ENVIRONMENT], { stdio: 'inherit' });
    if (made.error) {
      throw new Error(
        `${system} could not be started (${made.error.message}): install Python 3.11 or newer, or name one with --python.`,
      );
    }
    if (made.status !== 0) {
      throw new Error(
        `${system} could not make a virtual environment; see above. On Debian and Ubuntu it needs the package python3-venv.`,
      );
    }
  }
  console.log(`▶ Python: install tooling/parity/requirements.txt into ${shown} (torch alone is hundreds of megabytes)`);
  run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', REQUIREMENTS], { stdio: 'inherit' });
  writeFileSync(stamp, wanted);
  return python;
}

/**
 * Runs a script of this folder on a folder where cases.json tells it what to do.
 *
 * @returns what the script writes to results.json there.
 */
export function runCases(python, script, folder, cases) {
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
  runScript(python, script, folder);
  return JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
}

/** Runs a script of this folder, with its output shown. */
export function runScript(python, script, ...parameters) {
  run(python, [fileURLToPath(new URL(script, import.meta.url)), ...parameters], { stdio: 'inherit' });
}
