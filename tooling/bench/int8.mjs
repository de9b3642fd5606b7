// Training steps and predictions in float32 and in 8 bits, in turns: how long they take, and how far losses and depth differ. On rendered rooms.
import { loadavg } from 'node:os';
import { openDevice } from '@llm-mde/backend';
import { resizeNearest } from '@llm-mde/rgbd';
import { generateFrames } from '@llm-mde/rooms';
import { configure, LlmMde, preset } from 'llm-mde';
import { runCommand } from '../workspace/command.mjs';
import { describeMachine } from './machine.mjs';
import { median } from './report.mjs';

/** Of the depth maps that the loss compares. */
const DEPTH = { width: 160, height: 120 };

await runCommand({
  name: 'npm run bench -- int8',
  options: {
    'preset NAME': 'the model (default: small; its towers from the hub, or where LLM_MDE_TOWERS says)',
    'steps N': 'training steps of each seed (default: 12)',
    'seeds N': 'trainings in each precision (default: 3)',
    'batch N': 'images in a step (default: 8)',
    frozen: 'without adapters on the vision tower',
  },
  async run({ preset: name = 'small', steps = 12, seeds = 3, batch = 8, frozen = false }) {
    const device = await openDevice({ device: 'cpu' });
    const rooms = [];
    for await (const frame of generateFrames({ count: Number(batch) * 4, width: 320, height: 240, seed: 1 }))
      rooms.push(frame);
    const batches = Array.from({ length: 4 }, (_, index) =>
      rooms.slice(index * batch, (index + 1) * batch).map(example),
    );
    const results = [];
    for (let seed = 0; seed < Number(seeds); seed++) {
      results.push(await compare(device, configurationOf(name, seed, frozen), batches, Number(steps)));
      console.error(`seed ${seed} is done`);
    }
    console.log(report(results, { name, steps, batch, frozen }).join('\n'));
    await device.close();
  },
});

function configurationOf(name, seed, frozen) {
  const vision = frozen ? { vision: { lora: null } } : {};
  return configure(preset(name), { seed, ...vision });
}

/** Two models from the same weights: each step in float32, then the same in 8 bits. */
async function compare({ compile: compiler }, configuration, batches, steps) {
  const exact = await LlmMde.create(configuration, { compiler });
  const quantized = await LlmMde.create(configure(configuration, { optimization: { precision: 'int8-frozen' } }), {
    compiler,
    precision: 'int8',
  });
  const taken = { steps: [], losses: [], predictions: [] };
  const timed = async (run) => {
    const started = performance.now();
    const result = await run();
    return { result, seconds: (performance.now() - started) / 1000 };
  };
  for (let step = 0; step < steps; step++) {
    const batch = batches[step % batches.length];
    const [one, other] = [await timed(() => exact.trainStep(batch)), await timed(() => quantized.trainStep(batch))];
    taken.losses.push([one.result.loss, other.result.loss]);
    // The first steps compile.
    if (step > 0) taken.steps.push([one.seconds, other.seconds]);
  }
  for (let round = 0; round < 6; round++) {
    const images = batches[round % batches.length].map(({ image }) => image);
    const pair = [await timed(() => exact.predict(images)), await timed(() => quantized.predict(images))];
    if (round > 0) taken.predictions.push(pair.map(({ seconds }) => seconds));
  }
  await exact.dispose();
  await quantized.dispose();
  return taken;
}

function report(results, { name, steps, batch, frozen }) {
  const all = (what) => results.flatMap((result) => result[what]);
  const row = (title, pairs) => {
    const [one, other] = [0, 1].map((place) => median(pairs.map((pair) => pair[place])));
    return `| ${title} | ${one.toFixed(2)} | ${other.toFixed(2)} | ${(other / one).toFixed(2)} |`;
  };
  const differences = all('losses').map(([one, other]) => Math.abs(other / one - 1));
  const last = (place) => results.map(({ losses }) => losses.at(-1)[place].toFixed(3)).join(', ');
  return [
    `Preset ${name}${frozen ? ' with a frozen vision tower' : ''}, batches of ${batch}, seeds: ${results.length}, steps of each: ${steps}; medians, s.`,
    '',
    '| | float32 | 8 bits | ratio |',
    '| --- | ---: | ---: | ---: |',
    row('training step', all('steps')),
    row('prediction', all('predictions')),
    '',
    `Losses differ by ${(100 * median(differences)).toFixed(2)} % in the median, ${(100 * Math.max(...differences)).toFixed(2)} % at most. Last losses: ${last(0)} in float32; ${last(1)} in 8 bits.`,
    `Load average of the machine in the end: ${loadavg()[0].toFixed(1)}.`,
    ...describeMachine().map((fact) => `- ${fact}`),
  ];
}

/** A rendered frame as a training step takes it. */
function example({ id, image, depth }) {
  const valid = new Uint8Array(depth.length).fill(1);
  return {
    id,
    image,
    ...resizeNearest({ depth, valid }, image, DEPTH),
    depthWidth: DEPTH.width,
    depthHeight: DEPTH.height,
  };
}
