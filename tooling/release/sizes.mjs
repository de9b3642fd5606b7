// What an install of each package brings, from packed packages, in docs/results/sizes.md: npm run docs -- sizes
//
// The packages must be built. `npm run check:release -- --install` holds the limits, and the page to what it measures.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installAlone } from './install-alone.mjs';
import { packAll, ROOT } from './workspace.mjs';

const FILE = join(ROOT, 'docs/results/sizes.md');

/** MiB that installing a package may bring beside TensorFlow.js core. */
const LIMITS = {
  '@llm-mde/checkpoints': 20,
  '@llm-mde/lora': 20,
  '@llm-mde/metrics': 20,
  '@llm-mde/nyu': 20,
  '@llm-mde/prompts': 20,
  '@llm-mde/rgbd': 20,
};

/** MiB that installing a package may bring in all. */
const TOTAL_LIMITS = { '@llm-mde/trainer': 400 };

/** A new version of a dependency may change a size by as much before the page has to be written again: this share, or as many MiB. */
const TOLERANCE = { share: 0.1, mebibytes: 1 };

/** The optional peers, as the packages name them. */
const OPTIONAL = [
  'onnxruntime-node@^1.30.0',
  'onnxruntime-web@^1.30.0',
  'webgpu@^0.6.2',
  '@tensorflow/tfjs-node@^4.22.0',
  '@tensorflow/tfjs-node-gpu@^4.22.0',
  'sharp@^0.35.5',
  'h5wasm@^0.10.3',
  '@huggingface/transformers@^4.3.1',
];

const CORE = '@tensorflow/tfjs-core@^4.22.0';

/** @returns a sentence for each limit that is exceeded, and for each size on the page that is no longer right. */
export function checkSizes(folder, packages) {
  const limited = packages.filter(({ name }) => name in LIMITS || name in TOTAL_LIMITS);
  const written = existsSync(FILE) ? sizesOnPage(readFileSync(FILE, 'utf8')) : undefined;
  return measure(folder, packages, limited, ['npm']).flatMap(({ name, npm, beside }) => {
    console.log(`▶ ${name} installs ${npm.toFixed(1)} MiB`);
    const limit = LIMITS[name] ?? TOTAL_LIMITS[name];
    const counted = name in LIMITS ? beside : npm;
    const difference = Math.abs(npm - (written?.[name] ?? 0));
    // Other systems have other libraries.
    const isRight =
      !written ||
      `${process.platform}-${process.arch}` !== 'linux-x64' ||
      difference <= Math.max(TOLERANCE.mebibytes, TOLERANCE.share * npm);
    return [
      counted > limit && `${name} installs ${counted.toFixed(1)} MiB; its limit is ${limit}.`,
      !isRight &&
        `docs/results/sizes.md has ${written[name] ?? 'no'} MiB for ${name}, which installs ${npm.toFixed(1)}: run npm run docs -- sizes.`,
    ].filter(Boolean);
  });
}

/** `{ name, packed, own, npm, pnpm, beside }` of each, in MiB; `beside` is npm's without TensorFlow.js core and what that needs. */
function measure(folder, packages, chosen, managers) {
  const core = coreSize(folder, packages);
  return chosen.map(({ name, file }) => {
    const sizes = managers.map((manager) => {
      return [manager, sizeOfFiles(join(installAlone(manager, folder, packages, name), 'node_modules'))];
    });
    const modules = join(installAlone('npm', folder, packages, name), 'node_modules');
    const { npm, ...others } = Object.fromEntries(sizes);
    const hasCore = existsSync(join(modules, '@tensorflow/tfjs-core'));
    return {
      name,
      packed: statSync(file).size / MEBIBYTE,
      own: sizeOfFiles(join(modules, name)),
      npm,
      ...others,
      beside: hasCore ? npm - core : npm,
    };
  });
}

/** TensorFlow.js core with what it needs. */
function coreSize(folder, packages) {
  return sizeOfFiles(join(installAlone('npm', folder, packages, CORE), 'node_modules'));
}

const MEBIBYTE = 2 ** 20;

/** The sum of the sizes of all files in a folder; links, as pnpm makes them, count nothing. */
function sizeOfFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size / MEBIBYTE, 0);
}

function page(rows, optional, core) {
  const limitOf = ({ name }) => (name in LIMITS ? `${LIMITS[name]} beside` : (TOTAL_LIMITS[name] ?? ''));
  const cells = rows.map((row) => [
    row.name,
    ...[row.packed, row.own, row.npm, row.pnpm, row.beside].map((size) => size.toFixed(size < 1 ? 2 : 1)),
    limitOf(row),
  ]);
  return `# What an install brings

\`npm run docs -- sizes\` writes this page: it packs each package, installs it alone into an empty project, and adds up the sizes of the files, in MiB (1,048,576
bytes). Measured on linux-x64; a package manager's own cache and the blocks of the file system are not counted. "beside" is what npm installs beside
TensorFlow.js core (${core.toFixed(1)} MiB), a peer dependency of what computes with tensors, which no package here can make smaller. \`npm run check:release -- --install\` measures the packages
that have a limit again.

| package | packed | unpacked | installed by npm | by pnpm | beside TensorFlow.js core | limit |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${cells.map((row) => `| ${row.join(' | ')} |`).join('\n')}

What is installed only where it is asked for; [decision 23](../decisions/23-light-installs.md) says why, and \`llm-mde doctor\` what for.

| optional package | installed by npm |
| --- | ---: |
${optional.map(([name, size]) => `| ${name} | ${size.toFixed(1)} |`).join('\n')}
`;
}

/** `{ name: MiB that npm installs }`. */
function sizesOnPage(text) {
  const rows = [...text.matchAll(/^\| (\S+) \| \S+ \| \S+ \| (\S+) \|/gm)];
  return Object.fromEntries(rows.map(([, name, size]) => [name, Number(size)]));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = mkdtempSync(join(tmpdir(), 'sizes-'));
  try {
    const packages = packAll(join(folder, 'tarballs'));
    const rows = measure(folder, packages, packages, ['npm', 'pnpm']);
    const optional = OPTIONAL.map((name) => [
      name.replace(/(.)@.*/, '$1'),
      sizeOfFiles(join(installAlone('npm', folder, packages, name), 'node_modules')),
    ]);
    writeFileSync(FILE, page(rows, optional, coreSize(folder, packages)));
    console.log(FILE);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
