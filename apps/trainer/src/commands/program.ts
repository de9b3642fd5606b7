import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { INTERRUPTED } from '../train/interruption.js';
import { ablateCommand } from './ablate.js';
import { calibrateCommand } from './calibrate.js';
import { dataCommand } from './data.js';
import { doctorCommand } from './doctor.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { mergeCommand } from './merge.js';
import { predictCommand } from './predict.js';
import { pushCommand } from './push.js';
import { quantizeCommand } from './quantize.js';
import { reportCommand } from './report.js';
import { reproduceCommand } from './reproduce.js';
import { trainCommand } from './train.js';
import { workerCommand } from './worker.js';

/** The command line `llm-mde`. Commands only declare their options; each loads its work when it runs. */
export function createProgram(): Command {
  const program = new Command('llm-mde')
    .description(manifest.description)
    .version(manifest.version, '-v, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('Run llm-mde --help for the list of commands.')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Exit codes: 0 for success, 1 for a failure, 2 for a mistake on the command line, ${INTERRUPTED} where Ctrl-C stopped training.`,
    );
  const commands = [
    trainCommand(),
    evaluateCommand(),
    reportCommand(),
    predictCommand(),
    calibrateCommand(),
    quantizeCommand(),
    exportCommand(),
    pushCommand(),
    reproduceCommand(),
    ablateCommand(),
    dataCommand(),
    mergeCommand(),
    workerCommand(),
    doctorCommand(),
  ];
  for (const command of commands) {
    program.addCommand(
      command
        .copyInheritedSettings(program)
        .showHelpAfterError(`Run llm-mde ${command.name()} --help for its options.`),
    );
  }
  speakAlike(program);
  return program;
}

/** Mistakes on the command line begin as all other messages, and are thrown. */
function speakAlike(command: Command): void {
  const outputError = (text: string, write: (text: string) => void) => write(text.replace(/^error: /, 'llm-mde: '));
  command.exitOverride().configureOutput({ outputError });
  command.commands.forEach(speakAlike);
}
