// Writes the tables of TensorFlow.js' kernels into packages/compile/README.md: npm run docs -- kernels. The package must be built.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BACKEND_NAME } from '@llm-mde/compile';
import * as tf from '@tensorflow/tfjs-core';

const README = new URL('../README.md', import.meta.url);
const { resolve } = createRequire(import.meta.url);

/** Why kernels are missing that will not come; all others may. */
const REASONS = [
  ['strings', /String|Regex/],
  ['complex numbers', /Complex|FFT|^Real$|^Imag$/],
  ['results whose size depends on values', /NonMaxSuppression|Ragged|SparseFill|SparseReshape|SparseSegment|Unique/],
  ['pictures of a page', /^Draw$|FromPixels/],
];

const source = readFileSync(
  resolve('@tensorflow/tfjs-core/package.json').replace('package.json', 'dist/kernel_names.js'),
  'utf8',
);
const known = [...source.matchAll(/export const \w+ = '(\w+)'/g)].map(([, name]) => name);
const compiled = tf.getKernelsForBackend(BACKEND_NAME).map(({ kernelName }) => kernelName);
const missing = known.filter((name) => !compiled.includes(name));
const reasonOf = (name) => REASONS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'not yet';

const rows = [
  ['compiled', compiled.filter((name) => known.includes(name))],
  ['compiled, of `@llm-mde/nn`', compiled.filter((name) => !known.includes(name))],
  ...[...REASONS.map(([reason]) => reason), 'not yet'].map((reason) => [
    `missing: ${reason}`,
    missing.filter((name) => reasonOf(name) === reason),
  ]),
];
const table = [
  `Of the ${known.length} kernels of TensorFlow.js ${tf.version_core} ${known.length - missing.length} are compiled (\`npm run docs -- kernels\` writes this):`,
  '',
  '| | kernels |',
  '|---|---|',
  ...rows.map(
    ([title, names]) =>
      `| ${title} | ${names
        .toSorted()
        .map((name) => `\`${name}\``)
        .join(' ')} |`,
  ),
].join('\n');

const readme = readFileSync(README, 'utf8');
const [before, rest] = readme.split('## Kernels\n');
const after = rest.slice(rest.indexOf('\n\nLayerNorm, GELU'));
writeFileSync(README, `${before}## Kernels\n\n${table}${after}`);
