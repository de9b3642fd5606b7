// Sends many clients to one server on loopback: npm run bench -- server [--models runs/rooms-tiny/best | --random base] [--clients 64] [--seconds 60]
//
// `--random base` is a model of the paper's size, ViT-base and BERT-base, with random weights, and `--random tiny` a small one: the smaller the
// model, the larger the share of decoding, sending and comparing. Every answer is compared with the prediction of its image alone; tensors and
// memory are counted before and after. The clients run in a process of their own. As a baseline, the model first predicts the same images in a
// loop, in batches as large as the server's.
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDevice } from '@llm-mde/backend';
import { CONFIGURATIONS } from '@llm-mde/tooling-bench/configuration';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import * as tf from '@tensorflow/tfjs-core';
import { LlmMde } from 'llm-mde';
import sharp from 'sharp';
import { createServer, DEFAULT_LIMITS, ModelRegistry } from '../dist/index.js';

const IMAGES = 16;
/** Metres: batches of other sizes round differently. Predictions of different images differ by hundreds of times as much. */
const TOLERANCE = 2e-3;

if (process.send) await beClients();
else await main();

async function main() {
  const { values } = parseArgs({
    options: {
      models: { type: 'string', default: 'runs/rooms-tiny/best' },
      random: { type: 'string' },
      clients: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const seconds = Number(values.seconds);
  const device = await openDevice();
  console.log(
    `${device.name} (${device.hardware}), ${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}`,
  );
  const models = values.random ? await makeRandomModel(values.random) : values.models;
  const registry = await ModelRegistry.open(models, { compiler: device.compile });
  const model = await registry.load(registry.find().id);
  const files = await makeImages();
  const images = await Promise.all(files.map((file) => decodeImage(file)));
  const expected = [];
  for (const image of images) expected.push((await model.predict(image)).depth);
  const alone = await predictInLoop(model, images, Math.max(10, seconds / 4));
  const decoding = await decodeInLoop(files, 5);
  const app = await createServer({ device, registry });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  // Warm-up: compiles the graphs of all batch sizes and allocates the memory that stays.
  await runClients(address, files, expected, { clients: Number(values.clients), seconds: Math.max(5, seconds / 6) });
  const before = state();
  const results = await runClients(address, files, expected, { clients: Number(values.clients), seconds });
  const after = state();
  await app.close();
  await device.close();
  report({ ...results, alone, decoding, before, after });
}

/** @returns the folder of a checkpoint, which is removed when this process ends. */
async function makeRandomModel(size) {
  if (!CONFIGURATIONS[size])
    throw new Error(`--random must be ${Object.keys(CONFIGURATIONS).join(' or ')}, got "${size}".`);
  const folder = mkdtempSync(join(tmpdir(), 'llm-mde-load-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const model = await LlmMde.create(CONFIGURATIONS[size]);
  await model.save(folder);
  model.dispose();
  return folder;
}

/** Different pictures of 320 by 240 pixels. */
async function makeImages() {
  const kitchen = readFileSync(fileURLToPath(new URL('../src/page/public/samples/kitchen.jpg', import.meta.url)));
  return Promise.all(
    Array.from({ length: IMAGES }, (_, index) =>
      sharp(kitchen)
        .extract({ left: 20 * index, top: 10 * (index % 8), width: 320, height: 240 })
        .jpeg()
        .toBuffer(),
    ),
  );
}

async function predictInLoop(model, images, seconds) {
  const { batch } = DEFAULT_LIMITS;
  await model.predict(images.slice(0, batch));
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 1000 * seconds) {
    const first = count % IMAGES;
    await model.predict(images.slice(first, first + batch));
    count += batch;
  }
  return (1000 * count) / (performance.now() - start);
}

async function decodeInLoop(files, seconds) {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 1000 * seconds) await decodeImage(files[count++ % IMAGES]);
  return (1000 * count) / (performance.now() - start);
}

function runClients(address, files, expected, options) {
  return new Promise((settle, fail) => {
    const child = fork(fileURLToPath(import.meta.url), { serialization: 'advanced' });
    child.once('message', settle).once('error', fail);
    child.once('exit', (code) => code !== 0 && fail(new Error(`The clients exited with ${code}.`)));
    child.send({ address, files, expected, ...options });
  });
}

/** Sends one image after the other from each client and checks the answers. */
async function beClients() {
  const { address, files, expected, clients, seconds } = await new Promise((settle) => process.once('message', settle));
  const times = [];
  const problems = [];
  const started = performance.now();
  const until = started + 1000 * seconds;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let round = client; performance.now() < until; round += 7) {
        const place = round % files.length;
        const start = performance.now();
        try {
          const headers = { 'content-type': 'image/jpeg', accept: 'application/x-npy' };
          const response = await fetch(`${address}/api/depth`, { method: 'POST', headers, body: files[place] });
          const bytes = new Uint8Array(await response.arrayBuffer());
          if (response.status !== 200) throw new Error(`status ${response.status}`);
          const depth = new Float32Array(bytes.slice(bytes.length - 4 * expected[place].length).buffer);
          const difference = depth.reduce(
            (most, metres, at) => Math.max(most, Math.abs(metres - expected[place][at])),
            0,
          );
          if (!(difference <= TOLERANCE)) throw new Error(`image ${place} is off by ${difference} m`);
          times.push(performance.now() - start);
        } catch (error) {
          problems.push(error.message);
        }
      }
    }),
  );
  // Until the last answer to a request that was sent in time.
  const elapsed = (performance.now() - started) / 1000;
  process.send({ clients, times, problems, elapsed }, () => process.exit(0));
}

function state() {
  globalThis.gc?.();
  return { tensors: tf.memory().numTensors, megabytes: Math.round(process.memoryUsage.rss() / 1e6) };
}

function report({ clients, times, problems, elapsed, alone, decoding, before, after }) {
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (share) => `${sorted[Math.floor(share * (sorted.length - 1))].toFixed(0)} ms`;
  const rate = times.length / elapsed;
  console.log(
    `${clients} clients for ${elapsed.toFixed(0)} s: ${times.length} correct answers, ${problems.length} lost or wrong`,
  );
  console.log(`p50 ${quantile(0.5)}, p99 ${quantile(0.99)}`);
  console.log(
    `${rate.toFixed(1)} images/s; the model in a loop on decoded images: ${alone.toFixed(1)} (${(rate / alone).toFixed(2)} of it); decoding alone: ${decoding.toFixed(0)}`,
  );
  console.log(
    `tensors ${before.tensors} before, ${after.tensors} after; resident memory ${before.megabytes} MB before, ${after.megabytes} MB after`,
  );
  for (const problem of [...new Set(problems)].slice(0, 5)) console.error(problem);
  if (problems.length > 0 || before.tensors !== after.tensors) process.exitCode = 1;
}
