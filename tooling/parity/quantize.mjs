// `npm run parity -- quantize MODEL...`: exports checkpoints to ONNX, or takes ONNX files, writes them in every mode, runs each result in
// onnxruntime-node, in onnxruntime-web and in Python, and compares graph and weights with those of Python's own quantizers.
import { mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Check, MODES, quantizeFile } from '@llm-mde/quantize';
import * as web from 'onnxruntime-web';
import { inTemporaryFolder, PYTHON, runCommand } from '../workspace/command.mjs';
import { findPython, runCases } from './python.mjs';

await runCommand({
  name: 'npm run parity -- quantize',
  options: {
    'models LIST': 'comma separated: folders of checkpoints for transformers, or files *.onnx',
    'modes LIST': `comma separated, of ${MODES.join(', ')} (default: all)`,
    'folder FOLDER': 'keep the files there (default: a temporary folder, removed at the end)',
    ...PYTHON,
  },
  run: (options) => {
    if (!options.models) throw new Error('Name one or more --models: see --help.');
    if (!options.folder) return inTemporaryFolder((folder) => compareModels(folder, options));
    mkdirSync(options.folder, { recursive: true });
    return compareModels(resolve(options.folder), options);
  },
});

async function compareModels(folder, { models, modes = MODES.join(), python: named }) {
  const python = findPython(named);
  web.env.wasm.numThreads = 1;
  console.log(`Node ${process.version}, ${availableParallelism()} cores\n`);
  for (const model of models.split(',')) {
    const name = model.endsWith('.onnx') ? basename(dirname(resolve(model))) : basename(resolve(model));
    const output = join(folder, name);
    mkdirSync(output, { recursive: true });
    const [{ path, inputs }] = runCases(python, 'quantize.py', output, [{ step: 'prepare', model: resolve(model) }]);
    const started = performance.now();
    const files = await quantizeFile(path, { modes: modes.split(','), output, overwrite: true });
    const seconds = (performance.now() - started) / 1000;
    const check = await Check.start(path, { inputs });
    const rows = [];
    for (const { mode, path: file, bytes } of files) {
      const inNode = await check.compare(file);
      const inWeb = await check.compare(file, web).catch((error) => error);
      const [inPython] = runCases(python, 'quantize.py', output, [{ step: 'compare', mode, path, file, inputs }]);
      rows.push({
        mode,
        bytes,
        node: worst(inNode),
        web: Array.isArray(inWeb) ? worst(inWeb) : undefined,
        ...inPython,
      });
      if (!Array.isArray(inWeb)) console.log(`${mode} in onnxruntime-web: ${inWeb.message}`);
    }
    report(name, statSync(path).size, seconds, rows);
  }
}

function worst(outputs) {
  return Math.max(...outputs.map(({ relative }) => relative));
}

function report(name, size, seconds, rows) {
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const error = (value) => (value === undefined ? '-' : value.toExponential(1));
  console.log(`\n${name}: ${megabytes(size)} MB in float32, all modes written in ${seconds.toFixed(0)} s\n`);
  console.log(
    "| mode | MB | error in Node | on the web | in Python | Python's quantizer | between the two | weights that differ | operators that differ |",
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |');
  for (const row of rows) {
    const errors = [row.node, row.web, row.error, row.reference, row.between].map(error);
    const cells = [row.mode, megabytes(row.bytes), ...errors, row.weights ?? '-', row.operators ?? '-'];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
