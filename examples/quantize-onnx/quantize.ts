// Exports a model as ONNX, writes it in 16, 8 and 4 bits, and compares size and depth with the original's.
import { stat } from 'node:fs/promises';
import { Check, quantizeFile } from '@llm-mde/quantize';
import { LlmMde } from 'llm-mde';
import { exportOnnx } from 'llm-mde/export';

await exportOnnx(await LlmMde.load('tiny'), 'output/tiny');
const original = 'output/tiny/onnx/model.onnx';
const { size } = await stat(original);
console.log(`float32  ${kilobytes(size)}`);

const check = await Check.start(original); // the same random image for all of them
for (const { mode, path, bytes } of await quantizeFile(original, {
  modes: ['fp16', 'q8', 'q4', 'bnb4'],
  overwrite: true,
})) {
  const [depth] = await check.compare(path);
  const error = `depth differs by ${(100 * depth!.relative).toFixed(2)} %, at most ${depth!.largest.toFixed(3)} m`;
  console.log(`${mode.padEnd(7)}  ${kilobytes(bytes)}  ${error}  ${path}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0).padStart(5)} KB`;
}
