import { describe, expect, it } from 'vitest';
import { runProgram } from './testing/run-program.js';

/** Layers whose weights are frozen, and their training step beside them, as adapters are trained. */
const NETWORK = `
  const width = 768;
  const layers = Array.from({ length: 24 }, () => new Linear(width, 4 * width).freeze());
  for (const layer of layers) for (const [, parameter] of layer.namedParameters()) void parameter.value;
  const adapters = layers.map(() => new Linear(width, width));
  const forward = (x) =>
    layers.reduce((y, layer, index) => {
      const hidden = tf.slice(gelu(layer.forward(y)), [0, 0], [-1, width]);
      return tf.add(y, tf.mul(adapters[index].forward(hidden), 0.01));
    }, x);
  const variables = adapters.flatMap((adapter) => adapter.trainableVariables());
  const optimizer = tf.train.adam(1e-5);
  const input = (rows) => ({ data: new Float32Array(rows * width).map((_, index) => Math.sin(index)), shape: [rows, width] });
  const loss = async (step, rows) => {
    const result = await step(input(rows));
    await result.data();
    result.dispose();
  };
  /** Megabytes of memory of the process' own, and of files that it has mapped: a file counts once, however often it is mapped. */
  const memory = () => {
    gc();
    const [, kilobytes] = /^Anonymous: +(\\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'));
    const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/ (\\/\\S+llm-mde-compile-\\S+)$/gm);
    const files = new Set([...mapped].map(([, path]) => path));
    const bytes = [...files].reduce((sum, path) => sum + statSync(path).size, 0);
    return { own: Number(kilobytes) / 1024, files: bytes / 2 ** 20 };
  };`;

describe('a process that runs compiled functions', () => {
  it.skipIf(process.platform !== 'linux')('takes under 5 % more memory for a second shape', async () => {
    const { first, second } = await runProgram<Record<'first' | 'second', { own: number; files: number }>>(`${NETWORK}
      const compiled = compile((x) => tf.mean(forward(x)), { memoryArena: false });
      for (let count = 0; count < 4; count++) await loss(compiled, 64);
      const first = memory();
      for (let count = 0; count < 4; count++) await loss(compiled, 48);
      console.log(JSON.stringify({ first, second: memory() }));
      process.exit(0);`);
    // The frozen weights.
    expect(first.files).toBeCloseTo((24 * 4 * 768 * 769 * 4) / 2 ** 20, 0);
    expect(second.own + second.files).toBeLessThan(1.05 * (first.own + first.files));
  });

  it('stays at the size it has after some steps', async () => {
    const { early, late } = await runProgram<{ early: number; late: number }>(`
      const layer = new Linear(256, 256);
      const optimizer = tf.train.adam(1e-4);
      const step = compile((x) => optimizer.minimize(() => tf.mean(tf.square(layer.forward(x))), true, layer.trainableVariables()));
      const run = async (count) => {
        for (let index = 0; index < count; index++) {
          const result = await step({ data: new Float32Array(64 * 256).fill(index % 7), shape: [64, 256] });
          await result.data();
          result.dispose();
        }
        gc();
        return process.memoryUsage.rss() / 2 ** 20;
      };
      const early = await run(20);
      const late = await run(480);
      console.log(JSON.stringify({ early, late }));
      process.exit(0);`);
    // A step's variables are 1.5 MB: if one in ten steps kept them, that would be 70 MB.
    expect(late - early).toBeLessThan(30);
  });

  it('leaves the event loop free during a step', async () => {
    const { pauses, times } = await runProgram<{ pauses: number[]; times: number[] }>(`${NETWORK}
      import { monitorEventLoopDelay } from 'node:perf_hooks';
      const step = compile((x) => optimizer.minimize(() => tf.mean(tf.square(forward(x))), true, variables));
      await loss(step, 64);
      const pauses = [];
      const times = [];
      for (let count = 0; count < 7; count++) {
        const monitor = monitorEventLoopDelay({ resolution: 1 });
        monitor.enable();
        const started = performance.now();
        await loss(step, 64);
        times.push(performance.now() - started);
        monitor.disable();
        pauses.push(monitor.max / 1e6);
      }
      console.log(JSON.stringify({ pauses, times }));
      process.exit(0);`);
    // The shortest of several: other programs make pauses too. A step that blocked would make one as long as itself in each.
    expect(Math.min(...times)).toBeGreaterThan(40);
    expect(Math.min(...pauses)).toBeLessThan(20);
  });
});
