import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { createOpenDevice } from '../open-device.js';
import { platform } from '../platform.node.js';
import { runProgram } from '../testing/run-program.js';

it('opens from any working directory, with SIMD', async () => {
  const { stdout } = await runProgram(
    "process.chdir('/'); console.log(JSON.stringify(await backend.openDevice({ device: 'wasm' })));",
  );
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'wasm',
    hardware: expect.stringMatching(/, \d+ cores?$/),
    libraryVersion: expect.stringMatching(/^TensorFlow\.js WebAssembly \d+\.\d+\.\d+, SIMD$/),
  });
});

it('says which files are missing, again when it is tried again', async () => {
  const { stdout } = await runProgram(
    `for (const wasmPaths of ['/no-such-folder/', undefined]) {
      await backend.openDevice({ device: 'wasm', wasmPaths }).catch((error) => console.log(error.message));
    }`,
  );
  expect(stdout.trim().split('\n')).toEqual([
    "The device wasm can't be opened: its WebAssembly files could not be loaded from /no-such-folder/: copy the .wasm files of " +
      '@tensorflow/tfjs-backend-wasm there, or correct wasmPaths.',
    "The device wasm can't be opened: its WebAssembly files could not be loaded before, and the library tries only once: start again with " +
      'the right wasmPaths.',
  ]);
});

it('refuses an incomplete list of addresses, and opens with a right one', async () => {
  const openDevice = createOpenDevice({ ...platform, environment: () => undefined });
  const wasmPaths = { 'tfjs-backend-wasm.wasm': '/a.wasm', 'tfjs-backend-wasm-simd.wasm': '/b.wasm' };
  await expect(openDevice({ device: 'wasm', wasmPaths })).rejects.toThrow(
    'wasmPaths has no address for tfjs-backend-wasm-threaded-simd.wasm: give one for each of',
  );
  await (await openDevice({ device: 'wasm' })).close();
});

it('computes on every core on the device cpu, unless it is told otherwise', async () => {
  const openDevice = createOpenDevice({ ...platform, environment: () => undefined });
  for (const [threads, expected] of [
    [undefined, availableParallelism()],
    [1, 1],
  ] as const) {
    const device = await openDevice({ device: 'cpu', ...(threads && { threads }) });
    expect(device.threads).toBe(expected);
    await device.close();
  }
});

it("leaves the listeners of the caller's program alone", async () => {
  const { stdout } = await runProgram(
    `process.on('unhandledRejection', (error) => console.log('mine:', error.message));
    await backend.openDevice({ device: 'wasm' });
    console.log(process.listenerCount('unhandledRejection'), process.listenerCount('uncaughtException'));
    Promise.reject(new Error('lost'));`,
  );
  expect(stdout.trim().split('\n')).toEqual(['1 0', 'mine: lost']);
});

it('takes the library that the program has imported itself, and registers no kernel twice', async () => {
  const { stdout, stderr } = await runProgram(
    `await import('@tensorflow/tfjs-backend-wasm');
    const device = await backend.openDevice({ device: 'wasm' });
    console.log(device.name, ...(await tf.add(1, 2).data()));`,
  );
  expect(stdout.trim()).toBe('wasm 3');
  expect(stderr).not.toContain('already registered');
});
