import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Runs a program in a process of its own, with the built package and `@llm-mde/nn` imported, and returns the object that it prints last
 * as JSON.
 */
export async function runProgram<Result>(
  program: string,
  environment: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<Result> {
  const index = new URL('../../dist/index.js', import.meta.url).href;
  const imports = [
    `import { compile } from ${JSON.stringify(index)};`,
    "import { readFileSync, statSync } from 'node:fs';",
    "import { gelu, Linear } from '@llm-mde/nn';",
    "import * as tf from '@tensorflow/tfjs-core';",
  ];
  const source = [...imports, program].join(' ');
  const parameters = ['--expose-gc', '--input-type=module', '--eval', source, '--', ...args];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
}
