// `npm run parity -- onnx`: exports LLM-MDE as ONNX, has Python check the files and run them in its own onnxruntime, and compares the depth
// with what the model computes here.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { encodeSafetensors } from '@llm-mde/checkpoints';
import { eager } from '@llm-mde/compile/eager';
import { readBertConfiguration } from '@llm-mde/language-model';
import { readVisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { configure, LlmMde, preset } from 'llm-mde';
import { exportOnnx } from 'llm-mde/export';
import { DEVICE, inTemporaryFolder, PYTHON, runCommand } from '../workspace/command.mjs';
import { findPython, runCases } from './python.mjs';

const TOLERANCE = 1e-4;

/** What differs from the configuration, and how it is exported. */
const CASES = [
  { name: 'adaptive', batches: [1, 3] },
  { name: 'adaptive-static', options: { batch: 2 }, batches: [2] },
  { name: 'fixed', changes: { prompt: { style: 'fixed' } }, batches: [1, 3] },
  { name: 'none', changes: { prompt: { style: 'none' } }, options: { externalData: true }, batches: [1, 3] },
  { name: 'absent', changes: { language: { mode: 'absent' } }, batches: [2] },
  { name: 'dinov2', changes: { vision: { architecture: 'dinov2' } }, batches: [2] },
];

await runCommand({
  name: 'npm run parity -- onnx',
  options: {
    base: 'a model of base size with random weights, instead of tiny ones',
    'only NAME': `one of ${CASES.map(({ name }) => name).join(', ')}`,
    ...DEVICE,
    ...PYTHON,
  },
  run: (options) => inTemporaryFolder((folder) => exportCases(folder, options)),
});

async function exportCases(folder, options) {
  const cases = CASES.filter(({ name }) => !options.only || name === options.only);
  if (cases.length === 0) throw new Error(`There is no case "${options.only}": see --help.`);
  const python = findPython(options.python);
  const device = await openDevice(options.device ? { device: options.device } : {});
  const exported = [];
  for (const each of cases) exported.push(await exportCase(each, join(folder, each.name), { ...options, device }));
  report(runCases(python, 'onnx-export.py', folder, exported), device);
}

async function exportCase({ name, changes = {}, options = {}, batches }, folder, { base, device }) {
  const { vision, ...others } = changes;
  const tiny = preset('tiny').vision;
  const size = base ? baseSize(vision) : { vision: { ...tiny, configuration: { ...tiny.configuration, ...vision } } };
  const compiler = device.compiles ? { compiler: device.compile } : {};
  const model = await LlmMde.create(configure(preset(base ? 'paper' : 'tiny'), size, others), compiler);
  giveAdaptersValues(model);
  const { inputs: prepared } = await model.prepareImages(images(Math.max(...batches)));
  const started = performance.now();
  await exportOnnx(model, folder, options);
  const seconds = (performance.now() - started) / 1000;
  const files = [];
  for (const count of batches) {
    files.push(await writeExpected(model, firstOf(prepared, count), `${folder}.${count}.safetensors`));
  }
  model.dispose();
  const file = join(folder, 'onnx', 'model.onnx');
  return { name, file, seconds, expected: files };
}

/** The model's own depth, and what it is computed from as the exported model takes it. */
async function writeExpected(model, prepared, path) {
  const compute = eager((inputs) => ({
    depth: model.network.forward(inputs),
    pixels: tf.transpose(inputs.pixelValues, [0, 3, 1, 2]),
  }));
  const { depth, pixels } = await compute(prepared);
  const state = new Map();
  for (const [name, tensor] of Object.entries({ pixel_values: pixels, predicted_depth: depth })) {
    state.set(name, { shape: tensor.shape, data: Float32Array.from(await tensor.data()) });
  }
  if (prepared.inputIds) {
    state.set('input_ids', prepared.inputIds);
    state.set('attention_mask', prepared.attentionMask);
  }
  writeFileSync(path, encodeSafetensors(state));
  tf.dispose([depth, pixels]);
  return path;
}

/** The first images of a batch, with prompts of the batch's length: in the tiny vocabulary they are of several lengths. */
function firstOf(prepared, count) {
  const first = ({ data, shape: [batch, ...shape] }) => ({
    data: data.subarray(0, (data.length / batch) * count),
    shape: [count, ...shape],
  });
  return Object.fromEntries(Object.entries(prepared).map(([key, values]) => [key, first(values)]));
}

/** A factor of each new adapter is zero. */
function giveAdaptersValues(model) {
  for (const adapters of Object.values(model.network.adapters)) {
    for (const [name, parameter] of adapters.namedParameters()) {
      if (!name.includes('lora_B')) continue;
      parameter.load(Float32Array.from({ length: parameter.size }, (_, index) => Math.sin(index + name.length) / 30));
    }
  }
}

function baseSize({ architecture } = {}) {
  const isDinov2 = architecture === 'dinov2';
  return {
    // 196 patches of 14 pixels.
    ...(isDinov2 && { imageSize: 196 }),
    vision: { pretrained: null, configuration: readVisionEncoderConfiguration({ model_type: architecture ?? 'vit' }) },
    language: { pretrained: null, configuration: readBertConfiguration({}) },
  };
}

function images(count) {
  const [width, height] = [160, 120];
  return Array.from({ length: count }, (_, image) => ({
    data: Uint8Array.from({ length: width * height * 3 }, (_, at) => 128 + 100 * Math.sin(((image + 2) * at) / 997)),
    width,
    height,
    channels: 3,
  }));
}

function report(rows, device) {
  console.log(`\non ${device.name}: largest absolute difference to onnxruntime ${rows[0].onnxruntime}, in metres\n`);
  for (const { name, batch, error, megabytes, seconds } of rows) {
    console.log(
      `${name.padEnd(16)} batch ${batch}   ${error.toExponential(1)}   ${megabytes.toFixed(1).padStart(6)} MB   exported in ${seconds.toFixed(1)} s`,
    );
  }
  const failed = rows.filter(({ error }) => !(error <= TOLERANCE));
  if (failed.length > 0) throw new Error(`${failed.length} of ${rows.length} are above ${TOLERANCE}.`);
}
