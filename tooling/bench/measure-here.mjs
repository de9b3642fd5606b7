// A process of the bench: builds the model on one device and takes a step whenever it is told to (see engines.mjs).
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { openDevice } from '@llm-mde/backend';
import { configure, eager, LlmMde } from 'llm-mde';
import { IMAGE, PROMPT_LENGTH } from './configuration.mjs';
import { peakMemory } from './machine.mjs';

const spec = JSON.parse(process.argv[2]);
const pause = () => new Promise((resolve) => setTimeout(resolve, 3));
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const device = await openDevice({ device: spec.device });
const compiler = device.compiles && !spec.eager ? device.compile : eager;
const { precision = 'float32' } = spec;
const optimization = precision === 'int8' ? { precision: 'int8-frozen' } : {};
const model = await LlmMde.create(configure(spec.configuration, { optimization }), { compiler, precision });
const step = await steps()[spec.task]();
await step();
say({ ready: true, library: `${device.name}: ${device.libraryVersion}` });

for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'memory') say({ peak: peakMemory() });
  if (command === 'step') {
    const eventLoop = monitorEventLoopDelay({ resolution: 1 });
    eventLoop.enable();
    await pause(); // It sees pauses from its first turn on,
    const started = performance.now();
    const before = process.cpuUsage();
    await step();
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - started) / 1000;
    await pause(); // and notices one when that is over.
    eventLoop.disable();
    say({ seconds, processorSeconds: (user + system) / 1e6, pause: eventLoop.max / 1e9 });
  }
}
process.exit(0);

/** What is measured: functions that take one step. */
function steps() {
  const batch = Array.from({ length: spec.batch }, (_, index) => example(index));
  return {
    /** The network in evaluation mode as it is trained: adapters beside the weights, prototypes computed. */
    async forward() {
      const { inputs } = await model.prepareImages(batch.map(({ image }) => image));
      checkPrompt(inputs.inputIds);
      model.network.makeInitialValues();
      const forward = device.compile((given) => model.network.forward(given), { precision });
      return async () => {
        const depth = await forward(inputs);
        await depth.data();
        depth.dispose();
      };
    },
    /** From images to metres at the images' size; the first prediction merges adapters and computes prototypes. */
    predict() {
      const images = batch.map(({ image }) => image);
      return async () => {
        await model.predict(images);
      };
    },
    /** From images and depth to updated weights. */
    async train() {
      checkPrompt((await model.prepareImages(batch.map(({ image }) => image))).inputs.inputIds);
      return () => model.trainStep(batch);
    },
  };
}

function example(number) {
  const { width, height } = IMAGE;
  return {
    image: {
      data: Uint8Array.from({ length: height * width * 3 }, (_, at) => (at * (number + 3)) % 251),
      width,
      height,
      channels: 3,
    },
    depth: Float32Array.from({ length: height * width }, (_, at) => 1 + ((at * 7) % 500) / 100),
  };
}

/** PyTorch is given a prompt of the length that configuration.mjs says. */
function checkPrompt(inputIds) {
  if (inputIds.shape[1] !== PROMPT_LENGTH) {
    throw new Error(`The prompts have ${inputIds.shape[1]} tokens: say so in tooling/bench/configuration.mjs.`);
  }
}
