import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Runs a program in a process of its own, with the built package and `@llm-mde/nn` imported, and returns the object that it prints last
 * as JSON.
 */
export async function runProgram<Result>(program: string): Promise<Result> {
  const index = new URL('../../dist/index.js', import.meta.url).href;
  const source = `import { compile } from ${JSON.stringify(index)};
    import { readFileSync, statSync } from 'node:fs';
    import { gelu, Linear } from '@llm-mde/nn';
    import * as tf from '@tensorflow/tfjs-core';
    ${program}`;
  const parameters = ['--expose-gc', '--input-type=module', '--eval', source];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
}
