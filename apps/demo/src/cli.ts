#!/usr/bin/env node
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { serveCommand } from './commands/serve.js';
import { staticCommand } from './commands/write-static.js';

const program = new Command('llm-mde-demo')
  .description('A web page that estimates the depth of photos and shows what the model attends to.')
  .version(manifest.version, '-v, --version', 'print the version')
  .addCommand(serveCommand(), { isDefault: true })
  .addCommand(staticCommand());
for (const command of [program, ...program.commands]) {
  command.showHelpAfterError('Run llm-mde-demo help, or llm-mde-demo help <command>, for usage.');
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(`llm-mde-demo: ${error instanceof Error ? error.message || error.name : error}`);
  process.exit(1);
}
