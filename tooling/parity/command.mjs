// What the commands of this folder and of tooling/bench have in common.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * Parses a command's options and runs it. `--help` prints how it is used; an error is printed as a sentence (with DEBUG set, whole) and makes
 * the exit status 1.
 *
 * @param command.usage the text for `--help`.
 * @param command.options as `parseArgs` of node:util takes them.
 * @param command.run gets the options' values.
 */
export async function runCommand({ usage, options, run }) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    if (values.help) console.log(usage);
    else await run(values);
  } catch (error) {
    console.error(`\n${error.message}`);
    if (process.env.DEBUG) console.error(error);
    process.exitCode = 1;
  }
}

/** Runs another program, whose last line is JSON, and returns that. */
export function runForJson(command, parameters) {
  const { status, error, stdout } = spawnSync(command, parameters, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw new Error(`${command} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with status ${status}; see above.`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
