import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runProgram } from './testing/run-program.js';

it('has an example that trains a network', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example] = /```ts browser\n(import [\s\S]*?)```/.exec(readme)!;
  // The program has the imports already and runs on this package's own backend, and plain JavaScript has no types and no `!`.
  const program = example!
    .replace(/^(import|await openDevice).*\n/gm, '')
    .replace(/: tf\.Tensor2D/g, '')
    .replace(/ as tf\.Scalar/g, '')
    .replace('variables)!)', 'variables))');
  const last = await runProgram<number>(program);
  expect(last).toBeLessThan(0.01);
});
