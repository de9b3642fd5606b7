// Times the forward pass and the training step of a ViT-like encoder, eager and compiled, in turns, and prints medians and ratios.
//
// node bench/encoder-step.mjs [--size tiny|small|base] [--device cpu|webgpu|cuda] [--eager wasm|native|none] [--rounds 5] [--train
// lora|all]
import { parseArgs } from 'node:util';
import { compile } from '@llm-mde/compile';
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../backend/dist/index.js';
import { Encoder, SIZES, trainingStep } from './encoder.mjs';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    device: { type: 'string', default: 'cpu' },
    eager: { type: 'string', default: 'wasm' },
    rounds: { type: 'string', default: '5' },
    prepacking: { type: 'boolean', default: false },
  },
});
const size = SIZES[options.size];
// Without an eager device the tensors lie in this package's own backend.
if (options.eager !== 'none') await openDevice({ device: options.eager });

const encoder = new Encoder(size);
const shape = [size.batch, size.length, size.features];
const x = tf.tensor(
  Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => Math.sin(index)),
  shape,
);
const { step, variables } = trainingStep(encoder);
const forward = (input) => encoder.forward(input);

const settings = { device: options.device, prepacking: options.prepacking };
const compiledForward = compile(forward, settings);
const compiledStep = compile(step, settings);
const rate = tf.scalar(1e-4);
let count = 0;

const longestPause = watchPauses();
const runs = {
  'compiled forward': () => compiledForward(x),
  'compiled step': () => compiledStep(x, rate, { data: Float32Array.of(++count), shape: [] }),
  ...(options.eager !== 'none' && {
    'eager forward': async () => forward(x),
    'eager step': async () => tf.tidy(() => step(x, rate, tf.scalar(++count))),
  }),
};

const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
const pauses = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
for (let round = 0; round <= Number(options.rounds); round++) {
  // Not interleaved call by call: an eager step after a compiled one would fetch the variables first, and the other way round send them.
  for (const [name, run] of Object.entries(runs)) {
    const isFirst = round === 0;
    await measure(run);
    const { time, pause } = isFirst ? {} : await measure(run);
    if (isFirst) continue;
    times[name].push(time);
    pauses[name].push(pause);
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(
  `${options.size}: ${JSON.stringify(size)}, ${variables.length / 3} trained tensors, compiled on ${options.device}`,
);
for (const [name, list] of Object.entries(times)) {
  const range = `${Math.min(...list).toFixed(1)}–${Math.max(...list).toFixed(1)}`;
  console.log(
    `${name}: ${median(list).toFixed(1)} ms (${range}), longest pause ${Math.max(...pauses[name]).toFixed(1)} ms`,
  );
}
for (const part of ['forward', 'step']) {
  if (times[`eager ${part}`]) {
    console.log(
      `eager ${part} / compiled ${part}: ${(median(times[`eager ${part}`]) / median(times[`compiled ${part}`])).toFixed(2)}`,
    );
  }
}
console.log(`peak resident memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
await compiledForward.dispose();
await compiledStep.dispose();
process.exit(0);

async function measure(run) {
  longestPause.reset();
  const start = performance.now();
  const result = await run();
  await result.data();
  const time = performance.now() - start;
  result.dispose();
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { time, pause: longestPause.read() };
}

/** How long the event loop was away at most, by a timer that should run every millisecond. */
function watchPauses() {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  timer.unref();
  return {
    reset() {
      last = performance.now();
      longest = 0;
    },
    read: () => longest,
  };
}
