import { testDevices, webgpuEnvironment } from '@llm-mde/tooling-vitest/devices';
import { describe, expect, it } from 'vitest';
import { runProgram } from './testing/run-program.js';

// runProgram fails where a program does not end by itself.
describe.each(testDevices())('a program that computes on %s', (name) => {
  const open = `const device = await backend.openDevice({ device: '${name}' });
    const product = tf.matMul(tf.ones([3, 4]), tf.ones([4, 2]));
    const sum = (await tf.sum(product).data())[0];`;
  const run = (rest: string) => runProgram(`${open}\n${rest}`, name === 'webgpu' ? webgpuEnvironment() : {});

  it('ends by itself, with tensors left and the device open', async () => {
    expect(await run('console.log(sum);')).toMatchObject({ exit: 0, stdout: '24\n' });
  });

  it('ends by itself after close', async () => {
    expect(await run('await device.close(); console.log(sum);')).toMatchObject({ exit: 0, stdout: '24\n' });
  });

  it('keeps its exit code', async () => {
    expect((await run('process.exitCode = 3;')).exit).toBe(3);
    expect((await run('process.exit(4);')).exit).toBe(4);
  });

  it('ends with code 1 and the message for an error that nobody catches', async () => {
    const result = await run("setTimeout(() => { throw new Error('no such file'); }, 10);");
    expect(result.exit).toBe(1);
    expect(result.stderr).toContain('Error: no such file');
  });

  it('ends with code 1 for a rejection that nobody catches', async () => {
    const result = await run("Promise.reject(new Error('no such file'));");
    expect(result.exit).toBe(1);
    expect(result.stderr).toContain('Error: no such file');
  });
});
