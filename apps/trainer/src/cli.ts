#!/usr/bin/env node
import { createProgram } from './commands/program.js';

try {
  await createProgram().parseAsync();
} catch (error) {
  // Users read a sentence; an error without a message at least has a name.
  console.error(`llm-mde: ${error instanceof Error ? error.message || error.name : error}`);
  process.exitCode = 1;
}
