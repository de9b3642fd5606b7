// `npm run parity -- onnx`: exports LLM-MDE as ONNX, has Python check the files and run them in its own onnxruntime, has transformers.js open
// one, and compares the depth with what `predict` gives.
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env, pipeline, RawImage } from '@huggingface/transformers';
import { openDevice } from '@llm-mde/backend';
import { writeSafetensors } from '@llm-mde/checkpoints';
import { readBertConfiguration } from '@llm-mde/language-model';
import { uniformGenerator } from '@llm-mde/nn';
import { readVisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import { configure, LlmMde, preset } from 'llm-mde';
import { exportOnnx } from 'llm-mde/export';
import { DEVICE, inTemporaryFolder, PYTHON, runCommand } from '../workspace/command.mjs';
import { findPython, runCases } from './python.mjs';
import { largestDifference } from './tower-goldens.mjs';

/** Of a depth in metres. */
const TOLERANCE = { tiny: 1e-5, base: 1e-4 };

const SHIPPED = fileURLToPath(new URL('../../packages/models/pretrained/tiny', import.meta.url));

/** What differs from the configuration, or the folder of a model, and how it is exported. */
const CASES = [
  { name: 'npm start', model: SHIPPED },
  ...[1, 2, 3].map((seed) => ({ name: `random ${seed}`, changes: randomConfiguration(seed) })),
  { name: 'adaptive' },
  { name: 'adaptive-static', options: { batch: 2 } },
  { name: 'fixed', changes: { prompt: { style: 'fixed' } } },
  { name: 'none', changes: { prompt: { style: 'none' } }, options: { externalData: true } },
  { name: 'absent', changes: { language: { mode: 'absent' } } },
  { name: 'dinov2', changes: { vision: { configuration: { architecture: 'dinov2' } } } },
];

await runCommand({
  name: 'npm run parity -- onnx',
  options: {
    base: 'models of base size with random weights, instead of tiny ones',
    'only NAME': `one of ${CASES.map(({ name }) => name).join(', ')}`,
    ...DEVICE,
    ...PYTHON,
  },
  run: (options) => inTemporaryFolder((folder) => exportCases(folder, options)),
});

async function exportCases(folder, options) {
  const ofSize = CASES.filter(({ name, model }) => !options.base || !(model || name.startsWith('random')));
  const cases = ofSize.filter(({ name }) => !options.only || name === options.only);
  if (cases.length === 0) throw new Error(`There is no case "${options.only}": see --help.`);
  const python = findPython(options.python);
  const device = await openDevice(options.device ? { device: options.device } : {});
  const exported = [];
  for (const each of cases) exported.push(await exportCase(each, join(folder, each.name), { ...options, device }));
  const rows = runCases(python, 'onnx-export.py', folder, exported);
  report([...rows, ...exported.flatMap(({ pipelineRow }) => pipelineRow ?? [])], device, options);
}

async function exportCase({ name, model: saved, changes = {}, options = {} }, folder, { base, device }) {
  const compiler = device.compiles ? { compiler: device.compile } : {};
  const ofSize = base ? baseSize(changes) : tinySize(changes);
  const model = saved
    ? await LlmMde.load(saved, compiler)
    : await LlmMde.create(configure(preset(base ? 'paper' : 'tiny'), changes, ofSize), compiler);
  if (!saved) giveAdaptersValues(model);
  const started = performance.now();
  await exportOnnx(model, folder, options);
  const seconds = (performance.now() - started) / 1000;
  const expected = [];
  const batches = base ? [1, 3] : [1, 2, 3, 5, 16];
  for (const count of options.batch ? [options.batch] : batches) {
    expected.push(await writeExpected(model, count, `${folder}.${count}.safetensors`));
  }
  const pipelineRow =
    name === 'fixed' ? { name, batch: 1, by: 'transformers.js', ...(await runPipeline(model, folder)) } : undefined;
  await model.dispose();
  return { name, file: join(folder, 'onnx', 'model.onnx'), seconds, expected, pipelineRow };
}

/** What `predict` gives for images of the depth's own size, which it need not resize, and what the exported model takes in their place. */
async function writeExpected(model, count, path) {
  const batch = images(count, outputSize(model));
  const { pixelValues, inputIds, attentionMask } = (await model.prepareImages(batch)).inputs;
  const predictions = await model.predict(batch);
  const depth = Float32Array.from(predictions.flatMap(({ depth }) => [...depth]));
  const { width, height } = batch[0];
  const tensors = { pixel_values: pixelValues, predicted_depth: { shape: [count, height, width], data: depth } };
  if (inputIds) Object.assign(tensors, { input_ids: inputIds, attention_mask: attentionMask });
  await writeSafetensors(path, Object.entries(tensors));
  return path;
}

/** How far the depth of transformers.js' pipeline is off, of an image that neither need resize. */
async function runPipeline(model, folder) {
  const [image] = images(1, outputSize(model));
  Object.assign(env, { allowRemoteModels: false, localModelPath: dirname(folder) });
  const estimate = await pipeline('depth-estimation', basename(folder));
  const { predicted_depth } = await estimate(
    new RawImage(Uint8ClampedArray.from(image.data), image.width, image.height, 3),
  );
  const { depth } = await model.predict(image);
  await estimate.dispose();
  return { error: largestDifference(predicted_depth.data, depth) };
}

function outputSize({ configuration: { imageSize, vision, head } }) {
  return (imageSize / vision.configuration.patchSize) * 2 ** head.channels.length;
}

/** Sizes that are equal now and then, as a batch and a number of patches, or two widths. */
function randomConfiguration(seed) {
  const next = uniformGenerator(seed);
  const pick = (...choices) => choices[Math.floor(next() * choices.length)];
  const tower = () => {
    const headCount = pick(1, 2, 4);
    return {
      headCount,
      hiddenSize: headCount * pick(4, 8, 16),
      layerCount: pick(1, 2, 3),
      intermediateSize: pick(16, 32, 64),
    };
  };
  return {
    imageSize: pick(16, 32, 48),
    vision: { configuration: { ...tower(), architecture: pick('vit', 'dinov2'), patchSize: pick(8, 16) } },
    language: { configuration: tower() },
    reprogramming: { prototypeCount: pick(4, 8, 16), headCount: pick(1, 2, 4) },
    prompt: { style: pick('adaptive', 'fixed', 'none') },
    head: { projectedChannels: pick(4, 8, 16), channels: pick([8], [16, 8], [8, 8, 4]), imageSkip: pick(true, false) },
  };
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

/** A tower's configuration is one value of the whole: its changes, put into the preset's. */
function tinySize({ vision, language }) {
  const tiny = preset('tiny');
  return {
    vision: { configuration: { ...tiny.vision.configuration, ...vision?.configuration } },
    language: { configuration: { ...tiny.language.configuration, ...language?.configuration } },
  };
}

function baseSize({ vision }) {
  const architecture = vision?.configuration.architecture ?? 'vit';
  return {
    // 196 patches of 14 pixels.
    ...(architecture === 'dinov2' && { imageSize: 196 }),
    vision: { pretrained: null, configuration: readVisionEncoderConfiguration({ model_type: architecture }) },
    language: { pretrained: null, configuration: readBertConfiguration({}) },
  };
}

function images(count, size) {
  return Array.from({ length: count }, (_, image) => ({
    data: Uint8Array.from({ length: size * size * 3 }, (_, at) => 128 + 100 * Math.sin(((image + 2) * at) / 997)),
    width: size,
    height: size,
    channels: 3,
  }));
}

function report(rows, device, { base }) {
  const tolerance = TOLERANCE[base ? 'base' : 'tiny'];
  console.log(
    `\non ${device.name}: largest absolute difference to onnxruntime ${rows[0].onnxruntime} in Python, in metres\n`,
  );
  for (const { name, batch, error, megabytes, seconds, by } of rows) {
    const rest = by ? `in ${by}` : `${megabytes.toFixed(1).padStart(6)} MB   exported in ${seconds.toFixed(1)} s`;
    console.log(`${name.padEnd(16)} batch ${String(batch).padEnd(2)}   ${error.toExponential(1)}   ${rest}`);
  }
  const failed = rows.filter(({ error }) => !(error <= tolerance));
  if (failed.length > 0) throw new Error(`${failed.length} of ${rows.length} are above ${tolerance}.`);
}
