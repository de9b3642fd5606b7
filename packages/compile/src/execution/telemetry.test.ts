import { readdir } from 'node:fs/promises';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { runProgram } from '../testing/run-program.js';

const folder = temporaryFolder();

it("leaves ONNX Runtime's telemetry off: nothing in the home folder, and no crash for a long command line", async () => {
  // On one line: what reads the command line stops at a second one.
  const program =
    'const twice = compile((x) => tf.mul(x, 2)); const y = await twice({ data: Float32Array.of(3), shape: [] }); console.log(y.dataSync()[0]);';
  const environment = { HOME: folder.path, TMPDIR: folder.path, ORT_DISABLE_TELEMETRY: undefined };
  const files = Array.from({ length: 1500 }, (_, index) => `photographs/frame_${index}_of_a_room.png`);
  expect(await runProgram(program, environment, files)).toBe(6);
  expect(await readdir(folder.path)).toEqual([]);
});
