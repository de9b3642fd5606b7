import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { compile, setThreads } from '../index.js';
import { runProgram } from '../testing/run-program.js';
import { type Runtime, SessionHost } from './session-host.js';

const folder = temporaryFolder();

it('that ends is an error to whoever waits for it; the next call starts another', async () => {
  let worker: Worker | undefined;
  process.on('worker', (started) => {
    worker = started;
  });
  const double = compile((x: tf.Tensor) => tf.mul(x, 2));
  const doubled = async () => (await (await double({ data: Float32Array.of(3), shape: [] })).data())[0];
  const variable = tf.variable(tf.scalar(1));
  const count = compile(() => variable.assign(tf.add(variable, 1)));
  await count();
  expect(await doubled()).toBe(6);
  void worker!.terminate();
  expect(() => variable.dataSync()).toThrow('The worker that runs compiled functions has ended');
  expect(await doubled()).toBe(6);
  await expect(count()).rejects.toThrow('The values of variables that were in it are lost.');
  await double.dispose();
  await count.dispose();
});

it('computes with as many threads as LLM_MDE_THREADS says, then the program, then the cores', () => {
  expect([setThreads(3), setThreads()]).toEqual([3, availableParallelism()]);
  vi.stubEnv('LLM_MDE_THREADS', '2');
  expect(setThreads(3)).toBe(2);
  vi.stubEnv('LLM_MDE_THREADS', 'all');
  expect(() => setThreads()).toThrow('LLM_MDE_THREADS must be an integer from 1 to 1024, got "all".');
  vi.unstubAllEnvs();
  expect(() => setThreads(1.5)).toThrow('threads must be an integer from 1 to 1024, got 1.5.');
});

it('says how to get ONNX Runtime where that is missing', async () => {
  // Beside no node_modules.
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), folder.path, { recursive: true });
  writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }');
  const worker = new Worker(join(folder.path, 'node-worker.js'));
  worker.postMessage({ call: 'releaseSlot', slot: 0, id: 1 });
  const [{ error }] = await once(worker, 'message');
  expect(error).toMatch(/could not be loaded: .*ONNXRUNTIME_NODE_INSTALL=skip.* `npm install onnxruntime-node`/);
  await worker.terminate();
});

it('releases what copies to and from a GPU with the last variable', async () => {
  const open = new Set<object>();
  class FakeTensor {
    readonly location = 'gpu-buffer';
    constructor(
      readonly type: string,
      readonly data: Float32Array,
      readonly dims: readonly number[],
    ) {}
    dispose() {}
  }
  const create = async () => {
    const session = {
      run: async ({ original }: { original: FakeTensor }) => ({ copy: original }),
      release: async () => void open.delete(session),
    };
    open.add(session);
    return session;
  };
  const runtime = { InferenceSession: { create }, Tensor: FakeTensor } as unknown as Runtime;
  const host = new SessionHost(runtime, { cpuProvider: 'cpu', fillsTensors: true });
  const tensor = { dtype: 'float32', shape: [1], data: Float32Array.of(7) } as const;
  for (const slot of [0, 1]) await host.handle({ call: 'setSlot', slot, tensor });
  expect(await host.handle({ call: 'readSlot', slot: 0 })).toEqual([Float32Array.of(7)]);
  await host.handle({ call: 'releaseSlot', slot: 0 });
  expect(open.size).toBe(1);
  await host.handle({ call: 'releaseSlot', slot: 1 });
  expect(open.size).toBe(0);
});

const LARGE = `
  const weight = tf.tensor(new Float32Array(1e4).fill(2));
  const scale = compile((x) => tf.sum(tf.mul(x, weight)));
  const result = await scale({ data: Float32Array.of(1), shape: [] }).then((sum) => sum.data()).catch(({ message }) => message);
  console.log(JSON.stringify(result[0].length ? result : result[0]));`;

it('removes the files of processes that are gone, and nothing else', async () => {
  const host = hostname().replace(/[^\w-]/g, '');
  // Process numbers end at 2^22.
  const names = [
    `llm-mde-compile-${host}-9999999-abcdef`,
    `llm-mde-compile-${host}-9999999-notes`,
    'llm-mde-compile-9999999-abcdef',
  ];
  for (const name of names) {
    mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, name, 'weights'), '');
  }
  mkdirSync(join(folder.path, `llm-mde-compile-${host}-9999998-abcdef`));
  writeFileSync(join(folder.path, `llm-mde-compile-${host}-9999998-abcdef`, 'thesis.tex'), '');
  expect(await runProgram(LARGE, { TMPDIR: folder.path })).toBe(20_000);
  expect(readdirSync(folder.path).sort()).toEqual([...names.slice(1), `llm-mde-compile-${host}-9999998-abcdef`].sort());
});

it('says what to do where the temporary folder can not be written', async () => {
  const missing = join(folder.path, 'missing');
  expect(await runProgram(LARGE, { TMPDIR: missing })).toMatch(
    /Weights could not be written to the temporary folder .*missing \(ENOENT.*\): free space there, or let the environment variable TMPDIR/,
  );
});
