// The examples in a package's README: the first block of TypeScript, those that are marked `run`, and those that are marked `browser`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './workspace.mjs';

/** @returns `{ node, browser }`: lists of TypeScript for Node, in their order, and for browsers. */
export function readmeExamples({ folder }) {
  const text = readFileSync(join(ROOT, folder, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```ts( browser| run)?\n(.*?)^```$/gms)];
  const codeOf = (isChosen) => blocks.filter(isChosen).map(([, , code]) => code);
  return {
    node: codeOf(([, mark], place) => place === 0 || mark === ' run'),
    browser: codeOf(([, mark]) => mark === ' browser'),
  };
}

/** The example as an ES module. */
export function toModule(example) {
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: { target: 'ES2022', module: 'ESNext', verbatimModuleSyntax: true },
  });
  return outputText;
}

/** The example as CommonJS: `require` for each import, the rest in an asynchronous function. */
export function toCommonJs(example) {
  const requires = [];
  const rest = toModule(example).replace(/^import ([^;]+?) from (['"][^'"]+['"]);.*$/gm, (_, names, source) => {
    const pattern = names.startsWith('{') ? names.replaceAll(' as ', ': ') : names.replace('* as ', '');
    requires.push(`const ${pattern} = require(${source});`);
    return '';
  });
  const body = rest.replace(/^export \{\};$/m, '').trim();
  return `${requires.join('\n')}\n(async () => {\n${body}\n})();\n`;
}
