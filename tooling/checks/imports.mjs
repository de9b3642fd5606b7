// Checks that imports between packages follow the table in CONTRIBUTING.md: arrows point one way only, packages without tensors import no tfjs, and only
// apps open a device. Run by `npm test`.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

const TFJS = '@tensorflow/tfjs';
const TENSOR_CORE = '@tensorflow/tfjs-core';

/** What each package may import of this workspace and of TensorFlow.js; an entry that ends in `*` stands for every name it begins. */
const MAY_IMPORT = {
  'packages/backend': [`${TFJS}*`, '@llm-mde/compile'],
  'packages/nn': [TENSOR_CORE],
  'packages/checkpoints': [],
  'packages/compile': [TENSOR_CORE],
  'packages/vision-encoder': [TENSOR_CORE, '@llm-mde/nn', '@llm-mde/checkpoints'],
  'packages/language-model': [TENSOR_CORE, '@llm-mde/nn', '@llm-mde/checkpoints'],
  'packages/reprogramming': [TENSOR_CORE, '@llm-mde/nn'],
  'packages/prompts': [],
  'packages/lora': [TENSOR_CORE, '@llm-mde/nn', '@llm-mde/checkpoints'],
  'packages/adaptation-head': [TENSOR_CORE, '@llm-mde/nn'],
  'packages/metrics': [],
  'packages/depth-maps': [],
  'packages/nyu': [],
  'packages/rooms': [],
  'packages/llm-mde': [
    TENSOR_CORE,
    ...['nn', 'checkpoints', 'compile', 'vision-encoder', 'language-model', 'reprogramming', 'prompts', 'lora'].map(
      (name) => `@llm-mde/${name}`,
    ),
    '@llm-mde/adaptation-head',
    '@llm-mde/metrics',
  ],
  'apps/trainer': [TENSOR_CORE, 'llm-mde', '@llm-mde/*'],
  // Its page says where the .wasm files are that its bundler copies.
  'apps/demo': [TENSOR_CORE, '@tensorflow/tfjs-backend-wasm', 'llm-mde', '@llm-mde/*'],
};

const problems = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group)).flatMap((name) => checkPackage(`${group}/${name}`)),
);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'Imports follow the rules.' : `${problems.length} imports break the rules.`);
process.exitCode = problems.length === 0 ? 0 : 1;

function checkPackage(folder) {
  const allowed = MAY_IMPORT[folder];
  if (!allowed) return [`${folder}: has no row in tooling/checks/imports.mjs; say there what it may import.`];
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const declared = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  });
  return sourceFiles(join(root, folder, 'src')).flatMap((file) =>
    importedPackages(file)
      .filter((name) => name.startsWith('@llm-mde/') || name === 'llm-mde' || name.startsWith(TFJS))
      .filter((name) => !isAllowed(name, allowed) || !declared.includes(name))
      .map((name) => {
        const rule = isAllowed(name, allowed) ? 'does not declare it as a dependency' : 'may not import it';
        return `${relative(root, file)} imports ${name}, but ${folder} ${rule}.`;
      }),
  );
}

function isAllowed(name, allowed) {
  return allowed.some((rule) => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : name === rule));
}

/** The source that is published: tests and their helpers may import more, to open a device for one. */
function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/testing/'));
}

function importedPackages(file) {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  const names = importedFiles.map(({ fileName }) => fileName).filter((name) => !name.startsWith('.'));
  return [
    ...new Set(
      names.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    ),
  ];
}
