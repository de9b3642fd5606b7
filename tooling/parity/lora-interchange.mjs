// Adapters in both directions between packages/lora and PEFT, on ViT, DINOv2, BERT, Llama, Qwen2 and GPT-2: adapters that we save are loaded in Python with
// `PeftModel.from_pretrained`, adapters that PEFT saves are loaded here, and the outputs of the adapted models are compared.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { SafetensorsFile, writeSafetensors } from '@llm-mde/checkpoints';
import { LanguageModel } from '@llm-mde/language-model';
import { attachLora, loadAdapter, saveAdapter } from '@llm-mde/lora';
import { manualSeed, uniformGenerator } from '@llm-mde/nn';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { DEVICE, inTemporaryFolder, PYTHON, runCommand } from '../workspace/command.mjs';
import { findPython, runCases } from './python.mjs';
import { largestDifference } from './tower-goldens.mjs';

/** Of a difference, beside the largest output where that is above 1, as in some checkpoints. */
const TOLERANCE = 1e-4;

const TOWERS = [
  { name: 'vit', modelClass: 'ViTModel', tiny: 'vision-encoder/fixtures/tiny-vit' },
  { name: 'dinov2', modelClass: 'Dinov2Model', tiny: 'vision-encoder/fixtures/tiny-dinov2' },
  { name: 'swiglu', modelClass: 'Dinov2Model', tiny: 'vision-encoder/fixtures/tiny-dinov2-swiglu' },
  { name: 'bert', modelClass: 'BertModel', tiny: 'language-model/fixtures/tiny-bert' },
  { name: 'llama', modelClass: 'LlamaModel', tiny: 'language-model/fixtures/tiny-llama' },
  { name: 'qwen2', modelClass: 'Qwen2Model', tiny: 'language-model/fixtures/tiny-qwen2' },
  { name: 'gpt2', modelClass: 'GPT2Model', tiny: 'language-model/fixtures/tiny-gpt2' },
];

const VISION = ['vit', 'dinov2', 'swiglu'];

/** What is attached here: the defaults, and every Linear with a rank-stabilized scale. */
const ADAPTERS = {
  default: { rank: 4, alpha: 8, dropout: 0.1 },
  every: { rank: 2, alpha: 4, rankStabilized: true, targetModules: '(encoder|layers|h)\\..*' },
};

let drawn = 0;
await runCommand({
  name: 'npm run parity -- lora',
  options: {
    ...DEVICE,
    ...PYTHON,
    'checkpoints FOLDER': `folder with some of the checkpoints ${TOWERS.map(({ name }) => name).join(', ')}, such as
\`npm run parity -- towers --output FOLDER\` writes (default: the tiny ones in the packages' fixtures)`,
  },
  run: (options) => inTemporaryFolder((folder) => interchange(folder, options)),
});

async function interchange(folder, options) {
  const python = findPython(options.python);
  const device = await openDevice(options.device ? { device: options.device } : {});
  const towers = TOWERS.map((tower) => ({
    ...tower,
    checkpoint: options.checkpoints
      ? resolve(options.checkpoints, tower.name)
      : fileURLToPath(new URL(`../../packages/${tower.tiny}`, import.meta.url)),
  })).filter(({ checkpoint }) => existsSync(checkpoint));
  const cases = [];
  for (const tower of towers) cases.push(...(await writeOurs(tower, join(folder, tower.name))));
  const rows = runCases(python, 'lora-interchange.py', folder, cases);
  for (const tower of towers) rows.push(await compareTheirs(tower, join(folder, tower.name, 'from-peft')));
  report(rows, device);
}

/** Saves adapters with random values, and what the tower computes with each. */
async function writeOurs(tower, folder) {
  const cases = [];
  for (const [adapterName, configuration] of Object.entries(ADAPTERS)) {
    manualSeed(5);
    const model = await openTower(tower);
    const input = exampleInput(model);
    const before = forward(model, input);
    const adapters = attachLora(model, configuration);
    for (const parameter of adapters.namedParameters().values()) {
      parameter.load(
        randomNumbers(parameter.size, 0.5 / Math.sqrt(model.hiddenSize ?? model.configuration.hiddenSize)),
      );
    }
    const after = forward(model, input);
    const path = join(folder, adapterName);
    await saveAdapter(adapters, path, { baseModelName: tower.checkpoint });
    await writeTensors(join(path, 'goldens.safetensors'), { input, output: after });
    cases.push({
      tower: tower.name,
      modelClass: tower.modelClass,
      checkpoint: tower.checkpoint,
      adapter: adapterName,
      folder: path,
      peftFolder: adapterName === 'default' ? join(folder, 'from-peft') : undefined,
      change: await difference(before, after),
      largest: await largestOf(after),
    });
    adapters.dispose();
    model.dispose();
  }
  return cases;
}

/** Loads an adapter that PEFT saved. */
async function compareTheirs(tower, folder) {
  const model = await openTower(tower);
  const goldens = await SafetensorsFile.open(join(folder, 'goldens.safetensors'));
  const tensor = async (name) => tf.tensor(await goldens.read(name), [...goldens.tensors.get(name).shape]);
  const input = tf.cast(await tensor('input'), model.embed && !model.blocks ? 'int32' : 'float32');
  const [output, baseOutput] = [await tensor('output'), await tensor('base_output')];
  await goldens.close();
  const adapters = await loadAdapter(model, folder);
  const error = await difference(forward(model, input), output);
  const change = await difference(baseOutput, output);
  const largest = await largestOf(output);
  adapters.dispose();
  model.dispose();
  return { tower: tower.name, direction: 'PEFT → here', adapter: 'default', error, change, largest };
}

async function openTower({ name, checkpoint }) {
  return (VISION.includes(name) ? VisionEncoder : LanguageModel).fromPretrained(checkpoint);
}

/** Pixels [1,H,W,3] or token ids [2,9]. */
function exampleInput(model) {
  if (model instanceof LanguageModel) {
    const ids = Array.from(randomNumbers(18, 0.5), (value) => Math.floor((value + 0.5) * model.vocabularySize));
    return tf.tensor(ids, [2, 9], 'int32');
  }
  const { imageSize } = model.configuration;
  return tf.tensor(randomNumbers(imageSize * imageSize * 3, 1.5), [1, imageSize, imageSize, 3]);
}

function forward(model, input) {
  return tf.tidy(() =>
    model instanceof LanguageModel
      ? model.forward({ inputsEmbeds: model.embed(input) }).lastHiddenState
      : model.forward(input).lastHiddenState,
  );
}

/** Uniform in [−bound, bound), other ones for every call. */
function randomNumbers(count, bound) {
  drawn += 1;
  const next = uniformGenerator(drawn);
  return Float32Array.from({ length: count }, () => (2 * next() - 1) * bound);
}

async function writeTensors(path, tensors) {
  const state = new Map();
  for (const [name, tensor] of Object.entries(tensors)) {
    state.set(name, { shape: tensor.shape, data: (await tensor.data()).slice() });
  }
  await writeSafetensors(path, state);
}

async function largestOf(tensor) {
  return (await tensor.data()).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

async function difference(one, other) {
  return largestDifference(await one.data(), await other.data());
}

function report(rows, device) {
  console.log(
    `\non ${device.name}: largest absolute difference of last_hidden_state, its largest value, and how far the adapter moves it`,
  );
  for (const { tower, direction, adapter, error, change, largest } of rows) {
    const numbers = `${error.toExponential(1)}  of ${largest.toPrecision(3)}  moved ${change.toPrecision(3)}`;
    console.log(`${tower.padEnd(8)}${direction.padEnd(14)}${adapter.padEnd(9)}${numbers}`);
  }
  const failed = rows.filter(({ error, change, largest }) => {
    const tolerance = TOLERANCE * Math.max(1, largest);
    return !(error <= tolerance && change > 100 * tolerance);
  });
  if (failed.length > 0)
    throw new Error(`${failed.length} of ${rows.length} differ by more than ${TOLERANCE} of it, or changed nothing.`);
}
