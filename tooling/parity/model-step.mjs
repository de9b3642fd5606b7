// `npm run parity:step`: LLM-MDE at base size with random weights. Prints how many parameters each part trains, beside what the formulas
// say, and the time and peak memory of one training step here beside PyTorch's in the same run.
import { fileURLToPath } from 'node:url';
import { runCommand, runForJson } from './command.mjs';
import { findPython } from './python.mjs';

const USAGE = `npm run parity:step -- [options]

  --batch N       images in a step (default: 2)
  --steps N       steps to measure; the first is left out of the median (default: 4)
  --device NAME   device to compute on (default: the best one, or LLM_MDE_DEVICE)
  --python PATH   a Python that has the packages in tooling/parity/requirements.txt
                  (default: a private virtual environment in .cache/parity/venv, made when it is missing)
  --no-python     measure this project only
  --help`;

await runCommand({
  usage: USAGE,
  options: {
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '4' },
    device: { type: 'string' },
    python: { type: 'string' },
    'no-python': { type: 'boolean' },
    'only-here': { type: 'boolean' },
  },
  run: (options) => (options['only-here'] ? measureHere(options) : compare(options)),
});

/** Each side in a process of its own, so that the peak memory is its own. */
function compare(options) {
  const rounds = [`--batch=${options.batch}`, `--steps=${options.steps}`];
  const device = options.device ? [`--device=${options.device}`] : [];
  const here = runForJson(process.execPath, [fileURLToPath(import.meta.url), '--only-here', ...rounds, ...device]);
  console.log(`\nTrainable parameters, base size (${here.library})\n`);
  for (const [part, counted, formula] of here.parts) {
    console.log(`${part.padEnd(18)} ${counted.toLocaleString('en').padStart(12)}  ${formula}`);
  }
  const measured = [['here', here]];
  if (!options['no-python']) {
    const python = findPython(options.python);
    const peer = runForJson(python, [fileURLToPath(new URL('model-step.py', import.meta.url)), ...rounds]);
    if (peer.trainable !== here.trainable) {
      throw new Error(`PyTorch's model trains ${peer.trainable} parameters, but this one ${here.trainable}.`);
    }
    measured.push([`PyTorch ${peer.version}`, peer]);
  }
  console.log(`\nOne training step, batch ${options.batch}\n`);
  for (const [name, { seconds, peakMegabytes }] of measured) {
    console.log(`${name.padEnd(18)} ${median(seconds.slice(1)).toFixed(2)} s   peak ${Math.round(peakMegabytes)} MB`);
  }
  const peer = measured[1]?.[1];
  if (!peer) return;
  const time = median(here.seconds.slice(1)) / median(peer.seconds.slice(1));
  console.log(`ratio              ${time.toFixed(2)}     ${(here.peakMegabytes / peer.peakMegabytes).toFixed(2)}`);
}

async function measureHere(options) {
  const { openDevice } = await import('@llm-mde/backend');
  const { LlmMde } = await import('llm-mde');
  const { configurationOf } = await import('../bench/configuration.mjs');
  const { SIZES } = await import('../bench/sizes.mjs');
  const device = await openDevice(options.device ? { device: options.device } : {});
  const model = await LlmMde.create(configurationOf({ size: SIZES.base }), { compiler: device.compile });
  const parts = countParts(model);
  const batch = Array.from({ length: Number(options.batch) }, (_, index) => ({
    image: {
      data: Uint8Array.from({ length: 480 * 640 * 3 }, (_, at) => (at * (index + 3)) % 251),
      width: 640,
      height: 480,
      channels: 3,
    },
    depth: Float32Array.from({ length: 480 * 640 }, (_, at) => 1 + ((at * 7) % 500) / 100),
  }));
  const seconds = [];
  for (let step = 0; step < Number(options.steps); step++) {
    const started = performance.now();
    await model.trainStep(batch);
    seconds.push((performance.now() - started) / 1000);
  }
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  const trainable = parts.at(-1)[1];
  const library = `${device.name}: ${device.hardware}, ${device.libraryVersion}`;
  console.log(JSON.stringify({ library, parts, trainable, seconds, peakMegabytes }));
}

/** Counted and by formula, part by part; the two have to be equal. */
function countParts(model) {
  const [width, layers, words, prototypes] = [768, 12, 30522, 1000];
  const convolution = (size, input, output) => size * size * input * output;
  const stage = (input, output) =>
    convolution(3, input, output) + convolution(3, output, output) + convolution(1, input, output) + 4 * output;
  const formulas = {
    vision_adapter: [layers * 2 * 96 * 2 * width, '12 layers · 2 projections · rank 96 · (768 + 768)'],
    language_adapter: [layers * 3 * 32 * 2 * width, '12 layers · 3 projections · rank 32 · (768 + 768)'],
    reprogramming: [
      prototypes * words + prototypes + 4 * (width * width + width),
      '1000 · 30522 + 1000, and 4 projections · (768² + 768)',
    ],
    head: [
      width * 256 + 256 + stage(256, 128) + stage(128, 64) + stage(64, 32) + convolution(3, 32, 1) + 1,
      'linear 768 → 256, stages 128, 64, 32, convolution to 1',
    ],
  };
  const counted = {};
  for (const [name, parameter] of model.trainableParameters()) {
    const part = name.split('.')[0];
    counted[part] = (counted[part] ?? 0) + parameter.size;
  }
  const rows = Object.entries(formulas).map(([part, [expected, formula]]) => {
    if (counted[part] !== expected) throw new Error(`${part} trains ${counted[part]} parameters, not ${expected}.`);
    return [part, expected, formula];
  });
  return [...rows, ['all', Object.values(counted).reduce((sum, count) => sum + count), '']];
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
