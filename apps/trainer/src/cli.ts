#!/usr/bin/env node
import { Command } from 'commander';
import { dataCommand } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { exportCommand } from './commands/export.js';
import { mergeCommand } from './commands/merge.js';
import { predictCommand } from './commands/predict.js';
import { reproduceCommand } from './commands/reproduce.js';
import { trainCommand } from './commands/train.js';
import { description, version } from './version.js';

const program = new Command('llm-mde')
  .description(description)
  .version(version, '-v, --version', 'print the version')
  .helpCommand(false)
  .showHelpAfterError('Run llm-mde --help to see what there is.')
  .showSuggestionAfterError();
const commands = [
  trainCommand(),
  evaluateCommand(),
  predictCommand(),
  exportCommand(),
  reproduceCommand(),
  dataCommand(),
  mergeCommand(),
  doctorCommand(),
];
for (const command of commands) {
  program.addCommand(
    command
      .copyInheritedSettings(program)
      .showHelpAfterError(`Run llm-mde ${command.name()} --help to see what there is.`),
  );
}

try {
  await program.parseAsync();
} catch (error) {
  // A user reads a sentence; where an error has no message of its own, its name has to do.
  console.error(`llm-mde: ${error instanceof Error ? error.message || error.name : error}`);
  process.exitCode = 1;
}
