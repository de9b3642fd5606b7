#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './commands/program.js';
import { sentenceOf, USAGE, UsageError } from './output/sentences.js';

// Whoever read the output, such as `head`, has seen enough: what is under way ends as it would.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// What a worker started ends with it, killed or not, as after Ctrl-C.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Its message is printed already; help and version are no mistakes.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    console.error(`llm-mde: ${sentenceOf(error)}`);
    process.exitCode = error instanceof UsageError ? USAGE : 1;
  }
}
