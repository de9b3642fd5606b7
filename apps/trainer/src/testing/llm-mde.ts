import { type Command, CommanderError } from 'commander';
import { vi } from 'vitest';
import { createProgram } from '../commands/program.js';

/** What the command line prints, without a process of its own. */
export async function llmMde(...parameters: string[]) {
  const printed = { stdout: '', stderr: '' };
  const output = {
    writeOut: (text: string) => {
      printed.stdout += text;
    },
    writeErr: (text: string) => {
      printed.stderr += text;
    },
  };
  const prepare = (command: Command) => {
    command.exitOverride().configureOutput(output);
    command.commands.forEach(prepare);
  };
  const program = createProgram();
  prepare(program);
  vi.stubEnv('LLM_MDE_DEVICE', 'wasm');
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  vi.spyOn(console, 'log').mockImplementation((text) => output.writeOut(`${text}\n`));
  try {
    await program.parseAsync(parameters, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) printed.stderr += `llm-mde: ${(error as Error).message}\n`;
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  return printed;
}
