#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Check } from './check/check-file.js';
import { parseSize } from './check/sizes.js';
import { isMode, MODES, type Mode } from './modes.js';
import { type QuantizeProgress, quantizeFile } from './quantize-file.js';

interface Flags {
  modes: Mode[];
  output?: string;
  perChannel?: true;
  reduceRange?: true;
  blockSize: number;
  accuracyLevel?: 0 | 1 | 2 | 3 | 4;
  exclude: string[];
  externalData?: true;
  check: boolean;
  inputs?: string;
  size: string[];
  overwrite?: true;
}

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const program = new Command('quantize')
  .description('write an ONNX file in other precisions, under the names that transformers.js looks for')
  .version(version)
  .argument('<model.onnx>', 'the model, in float32')
  .option('--modes <list>', `comma separated, of ${MODES.join(', ')}`, parseModes, ['q8'] as Mode[])
  .option('--output <folder>', 'where to write (default: beside the model)')
  .option('--per-channel', 'q8, int8, uint8: a scale for each column of a weight')
  .option('--reduce-range', 'q8, int8, uint8: weights of 7 bits, for processors without VNNI')
  .option('--block-size <number>', 'q4, q4f16: values that share a scale', Number, 32)
  .option('--accuracy-level <number>', 'q4, q4f16: 4 multiplies in 8 bits, which is faster and less exact', Number)
  .option('--exclude <nodes...>', 'names of nodes that stay as they are', [])
  .option('--external-data', 'put weights into a file of their own (always done above 2 GB)')
  .option('--no-check', 'do not run the results beside the original')
  .option('--inputs <file>', 'a safetensors file with inputs for the check (default: random ones)')
  .option('--size <name=number...>', 'sizes of open dimensions for the check, such as sequence_length=128', [])
  .option('--overwrite', 'replace files that exist')
  .exitOverride()
  .action(quantize);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(`quantize: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function quantize(model: string, flags: Flags): Promise<void> {
  const { modes, check: checked, inputs, size, overwrite = false, ...options } = flags;
  const sizes = new Map(size.map(parseSize));
  const check = checked ? await Check.start(model, { ...(inputs && { inputs }), sizes }) : undefined;
  const results = await quantizeFile(model, { ...options, modes, overwrite, onProgress: showProgress });
  let failed = false;
  for (const { mode, path, bytes } of results) {
    console.log(`${path}: ${megabytes(bytes)}`);
    for (const { output, relative, largest } of (await check?.compare(path)) ?? []) {
      console.log(`  ${output}: relative error ${relative.toExponential(1)}, largest ${largest.toExponential(1)}`);
      failed ||= !Number.isFinite(relative);
      if (!Number.isFinite(relative)) console.error(`quantize: ${output} of mode ${mode} is not finite.`);
    }
  }
  if (failed) process.exitCode = 1;
}

function parseModes(text: string): Mode[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isMode(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no mode "${unknown}": choose of ${MODES.join(', ')}.`);
  return [...new Set(names)] as Mode[];
}

/** One line that changes, on a terminal. */
function showProgress({ mode, bytesWritten, bytes }: QuantizeProgress): void {
  if (!process.stderr.isTTY) return;
  const done = bytesWritten === bytes;
  process.stderr.write(
    `\r${mode}: ${Math.floor((100 * bytesWritten) / bytes)} % of ${megabytes(bytes)}${done ? '\n' : ''}`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
