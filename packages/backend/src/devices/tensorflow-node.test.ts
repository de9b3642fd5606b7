import { presentDevices } from '@llm-mde/tooling-vitest/devices';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../testing/run-program.js';
import { loadCuda, loadNative } from './tensorflow-node.js';

const hasNative = presentDevices().includes('native');

describe.skipIf(!hasNative)('native (skipped where it does not open: `npm run native`)', () => {
  it('names TensorFlow and its version', async () => {
    const { stdout } = await runProgram("console.log(JSON.stringify(await backend.openDevice({ device: 'native' })))");
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'native',
      backendName: 'tensorflow',
      libraryVersion: expect.stringMatching(/^TensorFlow \d+\.\d+\.\d+ \(tfjs-node \d+\.\d+\.\d+\)$/),
      isSoftware: false,
    });
  });

  it('runs without the functions of util that Node 23 removed', async () => {
    const { stdout, stderr, exit } = await runProgram(
      `import util from 'node:util';
      delete util.isArray;
      delete util.isNullOrUndefined;
      await backend.openDevice({ device: 'native' });
      // Both are called on the way of these kernels' attributes.
      const image = tf.ones([1, 4, 4, 1]);
      const pooled = tf.maxPool(tf.conv2d(image, tf.ones([3, 3, 1, 1]), 1, 'same'), 2, 2, 'valid');
      console.log(...(await pooled.data()), ...(await tf.sum(image, [1, 2]).data()));`,
    );
    expect(stderr).not.toContain('Error');
    expect(stdout.trim()).toBe('9 9 9 9 16');
    expect(exit).toBe(0);
  });

  it("keeps TensorFlow's start-up notes and Node's warnings about util to itself", async () => {
    const { stderr } = await runProgram("await backend.openDevice({ device: 'native' }); await tf.add(1, 2).data();");
    expect(stderr).not.toMatch(/tensorflow\/|util\.is/);
  });

  it('can be closed and opened again', async () => {
    const { stdout } = await runProgram(
      `const first = await backend.openDevice({ device: 'native' });
      await first.close();
      await (await backend.openDevice({ device: 'wasm' })).close();
      const second = await backend.openDevice({ device: 'native' });
      console.log(second === first, ...(await tf.add(1, 2).data()), tf.memory().numTensors);`,
    );
    expect(stdout.trim()).toBe('false 3 1');
  });
});

it.skipIf(hasNative)('says how to get native where it is missing', async () => {
  await expect(loadNative()).rejects.toThrow(/: run `npm/);
});

it.skipIf(presentDevices().includes('cuda'))('says why there is no CUDA', async () => {
  await expect(loadCuda({ explicit: true })).rejects.toThrow(/.*: .*\.$/);
});
