import { testDevices, webgpuEnvironment } from '@llm-mde/tooling-vitest/devices';
import { describe, expect, it } from 'vitest';
import { runProgram } from './testing/run-program.js';

// runProgram fails where a program does not end by itself.
describe.each(testDevices())('a program that computes on %s', (name) => {
  const open = `const device = await backend.openDevice({ device: '${name}' });
    const product = tf.matMul(tf.ones([3, 4]), tf.ones([4, 2]));
    const sum = (await tf.sum(product).data())[0];`;
  const run = (rest: string) => runProgram(`${open}\n${rest}`, name === 'webgpu' ? webgpuEnvironment() : {});

  it('ends by itself with its exit code, with tensors left and the device open', async () => {
    expect(await run('console.log(sum); process.exitCode = 3;')).toMatchObject({ exit: 3, stdout: '24\n' });
  });

  it('ends by itself after close', async () => {
    expect(await run('await device.close(); console.log(sum);')).toMatchObject({ exit: 0, stdout: '24\n' });
  });

  // Emscripten listens for such errors and would change the exit code.
  it.runIf(name === 'wasm').each([
    ['error', "setTimeout(() => { throw new Error('no such file'); }, 10);"],
    ['rejection', "Promise.reject(new Error('no such file'));"],
  ])('ends with code 1 and the message for an uncaught %s', async (_, program) => {
    const result = await run(program);
    expect(result.exit).toBe(1);
    expect(result.stderr).toContain('Error: no such file');
  });
});
