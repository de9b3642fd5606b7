// `npm run parity -- towers`: ViT-base, DINOv2-base and BERT-base with random weights, once in Hugging Face transformers and once here; prints
// how far every hidden state and a selection of gradients are apart. See README.md beside this file.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.mjs';
import { readGoldens } from './goldens.mjs';
import { onDevice } from './on-device.mjs';
import { findPython, runPython } from './python.mjs';
import {
  ABSOLUTE_TOLERANCE,
  compareWithGoldens,
  forwardLanguageModel,
  forwardVisionEncoder,
  passes,
  RELATIVE_TOLERANCE,
} from './tower-goldens.mjs';

const TOWERS = ['vit', 'dinov2', 'bert'];

const USAGE = `npm run parity -- towers [options]

  --device NAME     device to compute on (default: the best one, or LLM_MDE_DEVICE)
  --towers LIST     comma separated, of ${TOWERS.join(', ')} (default: all)
  --python PATH     a Python that has the packages in tooling/parity/requirements.txt
                    (default: a private virtual environment in .cache/parity/venv, made when it is missing)
  --goldens FOLDER  compare with what lies in this folder instead of running Python; with a folder of such folders, with each.
                    The committed fixtures will do: --goldens packages/vision-encoder/fixtures
  --output FOLDER   write the reference there and keep it (default: a temporary folder, removed at the end)
  --help`;

await runCommand({
  usage: USAGE,
  options: {
    device: { type: 'string' },
    towers: { type: 'string' },
    python: { type: 'string' },
    goldens: { type: 'string' },
    output: { type: 'string' },
  },
  run: main,
});

async function main(options) {
  const libraries = await loadLibraries();
  const temporary = options.goldens || options.output ? undefined : mkdtempSync(join(tmpdir(), 'llm-mde-parity-'));
  try {
    const folders = options.goldens
      ? goldenFolders(resolve(options.goldens))
      : writeReference(resolve(options.output ?? temporary), options);
    const device = await libraries.openDevice(options.device ? { device: options.device } : {});
    const rows = [];
    for (const folder of folders) {
      console.log(`\n▶ ${basename(folder)} on ${device.name}`);
      rows.push(...(await compareTower(folder, libraries)));
    }
    report(rows, device);
  } finally {
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  }
}

/** The built packages, imported only now so that a missing build gets a clear message. */
async function loadLibraries() {
  for (const name of ['backend', 'vision-encoder', 'language-model']) {
    const built = new URL(`../../packages/${name}/dist/index.js`, import.meta.url);
    if (!existsSync(built)) throw new Error(`packages/${name} is not built yet: run \`npm run build\` first.`);
  }
  const { openDevice } = await import('@llm-mde/backend');
  const { VisionEncoder } = await import('@llm-mde/vision-encoder');
  const { LanguageModel } = await import('@llm-mde/language-model');
  return { openDevice, VisionEncoder, LanguageModel };
}

function writeReference(folder, options) {
  const towers = options.towers?.split(',') ?? TOWERS;
  const unknown = towers.find((name) => !TOWERS.includes(name));
  if (unknown !== undefined) throw new Error(`There is no tower "${unknown}": use ${TOWERS.join(', ')}.`);
  const python = findPython(options.python);
  console.log(`\n▶ reference: transformers writes ${towers.join(', ')} at base size to ${folder}`);
  runPython(python, [
    fileURLToPath(new URL('towers.py', import.meta.url)),
    'base',
    '--output',
    folder,
    '--towers',
    ...towers,
  ]);
  return towers.map((name) => join(folder, name));
}

function goldenFolders(folder) {
  // Other goldens have a goldens.json too.
  const isTower = (path) => existsSync(join(path, 'goldens.safetensors'));
  if (isTower(folder)) return [folder];
  const inside = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const found = inside.filter(isTower);
  if (found.length === 0) throw new Error(`There is no goldens.safetensors in ${folder} or in a folder inside it.`);
  return found;
}

/** Compares everything in one folder; one row for each output and gradient. */
async function compareTower(folder, { VisionEncoder, LanguageModel }) {
  const { model } = JSON.parse(readFileSync(join(folder, 'goldens.json'), 'utf8'));
  const isLanguageModel = model.startsWith('Bert');
  const started = performance.now();
  const tower = await (isLanguageModel ? LanguageModel : VisionEncoder).fromPretrained(folder);
  console.log(`loaded in ${seconds(started)}`);
  const forward = isLanguageModel ? forwardLanguageModel : forwardVisionEncoder;
  const compared = performance.now();
  const rows = await compareWithGoldens(readGoldens(folder), tower, forward, onDevice);
  console.log(`computed and compared in ${seconds(compared)}`);
  tower.dispose();
  return rows.map((row) => ({ tower: basename(folder), ...row }));
}

function report(rows, device) {
  const header = ['tower', 'case', 'quantity', 'error', '', 'largest value', ''];
  const lines = rows.map((row) => [
    row.tower,
    row.case,
    row.quantity,
    row.error.toExponential(1),
    row.kind,
    row.largest.toPrecision(3),
    passes(row) ? '' : `above ${row.tolerance}`,
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...lines].map((line) => line[column].length)));
  console.log();
  for (const line of [header, ...lines]) {
    const padded = line.map((text, column) => text.padEnd(widths[column]));
    console.log(padded.join('  ').trimEnd());
  }
  const worst = (kind) =>
    Math.max(0, ...rows.filter((row) => row.kind === kind).map(({ error }) => error)).toExponential(1);
  console.log(`\ndevice: ${[device.name, device.hardware, device.libraryVersion].filter(Boolean).join(', ')}`);
  console.log(`largest absolute error of an output: ${worst('absolute')} (tolerance ${ABSOLUTE_TOLERANCE})`);
  console.log(`largest relative error of a gradient: ${worst('relative')} (tolerance ${RELATIVE_TOLERANCE})`);
  const failed = rows.filter((row) => !passes(row)).length;
  if (failed > 0) throw new Error(`${failed} of ${rows.length} quantities are above their tolerance.`);
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
