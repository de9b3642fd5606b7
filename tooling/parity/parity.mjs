// `npm run parity -- towers`: ViT-base, DINOv2-base and BERT-base with random weights, once in Hugging Face transformers and once here; prints
// how far every hidden state and a selection of gradients are apart. See README.md beside this file.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { LanguageModel } from '@llm-mde/language-model';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import { DEVICE, inTemporaryFolder, PYTHON, runCommand } from '../workspace/command.mjs';
import { readGoldens } from './goldens.mjs';
import { findPython, runScript } from './python.mjs';
import {
  ABSOLUTE_TOLERANCE,
  compareWithGoldens,
  forwardLanguageModel,
  forwardVisionEncoder,
  passes,
  RELATIVE_TOLERANCE,
} from './tower-goldens.mjs';

const TOWERS = ['vit', 'dinov2', 'bert'];

await runCommand({
  name: 'npm run parity -- towers',
  options: {
    ...DEVICE,
    'towers LIST': `comma separated, of ${TOWERS.join(', ')} (default: all)`,
    ...PYTHON,
    'goldens FOLDER': `compare with what lies in this folder instead of running Python; with a folder of such folders, with each.
The committed fixtures will do: --goldens packages/vision-encoder/fixtures`,
    'output FOLDER': 'write the reference there and keep it (default: a temporary folder, removed at the end)',
  },
  async run(options) {
    if (options.goldens) await compareTowers(goldenFolders(resolve(options.goldens)), options);
    else if (options.output) await compareTowers(writeReference(resolve(options.output), options), options);
    else await inTemporaryFolder((folder) => compareTowers(writeReference(folder, options), options));
  },
});

async function compareTowers(folders, options) {
  const device = await openDevice(options.device ? { device: options.device } : {});
  const rows = [];
  for (const folder of folders) {
    console.log(`\n▶ ${basename(folder)} on ${device.name}`);
    rows.push(...(await compareTower(folder)));
  }
  report(rows, device);
}

function writeReference(folder, options) {
  const towers = options.towers?.split(',') ?? TOWERS;
  const unknown = towers.find((name) => !TOWERS.includes(name));
  if (unknown !== undefined) throw new Error(`There is no tower "${unknown}": use ${TOWERS.join(', ')}.`);
  const python = findPython(options.python);
  console.log(`\n▶ reference: transformers writes ${towers.join(', ')} at base size to ${folder}`);
  runScript(python, 'towers.py', 'base', '--output', folder, '--towers', ...towers);
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
async function compareTower(folder) {
  const goldens = readGoldens(folder);
  const isLanguageModel = goldens.model.startsWith('Bert');
  const started = performance.now();
  const tower = await (isLanguageModel ? LanguageModel : VisionEncoder).fromPretrained(folder);
  console.log(`loaded in ${seconds(started)}`);
  const forward = isLanguageModel ? forwardLanguageModel : forwardVisionEncoder;
  const compared = performance.now();
  const rows = await compareWithGoldens(goldens, tower, forward);
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
