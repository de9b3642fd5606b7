// Resident memory over many compiled training steps, and what a second input shape adds to it.
//
//   node bench/memory.mjs [--size tiny|small|base] [--steps 500] [--device cpu|webgpu|cuda] [--no-arena]
import { parseArgs } from 'node:util';
import { compile } from '@llm-mde/compile';
import * as tf from '@tensorflow/tfjs-core';
import { Encoder, SIZES, trainingStep } from './encoder.mjs';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'tiny' },
    steps: { type: 'string', default: '500' },
    device: { type: 'string', default: 'cpu' },
    'no-arena': { type: 'boolean', default: false },
  },
});
const size = SIZES[options.size];
const encoder = new Encoder(size);
const { step } = trainingStep(encoder);
const compiled = compile(step, { device: options.device, memoryArena: !options['no-arena'] });
let count = 0;

const run = async (length) => {
  const shape = [size.batch, length, size.features];
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => Math.sin(index + count));
  const loss = await compiled(
    { data, shape },
    { data: Float32Array.of(1e-3), shape: [] },
    { data: Float32Array.of(++count), shape: [] },
  );
  const [value] = await loss.data();
  loss.dispose();
  return value;
};
const resident = () => Math.round(process.memoryUsage.rss() / 2 ** 20);

for (let step = 1; step <= Number(options.steps); step++) {
  const loss = await run(size.length);
  if ([1, 20].includes(step) || step % 100 === 0) {
    console.log(`step ${step}: ${resident()} MB, loss ${loss.toPrecision(4)}, ${tf.memory().numTensors} tensors`);
  }
}
await run(size.length - 1);
await run(size.length - 1);
console.log(`second shape: ${resident()} MB`);
await compiled.dispose();
process.exit(0);
