import { existsSync } from 'node:fs';
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LlmMde } from 'llm-mde';
import { exportAdapters, exportOnnx, exportSafetensors } from 'llm-mde/export';
import { findModel } from '../predict/find-model.js';
import { deviceOption } from './options.js';

interface ExportFlags {
  to: 'onnx' | 'safetensors' | 'peft';
  out: string;
  batch: 'dynamic' | number;
  prompt?: string;
  overwrite?: true;
  device: DeviceName | 'auto';
}

/** `llm-mde export`: a trained model as files that other programs read. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a trained model as files for other programs')
    .argument('<checkpoint>', 'the folder of a run, or of a saved model')
    .addOption(
      new Option('--to <format>', 'what to write').choices(['onnx', 'safetensors', 'peft']).makeOptionMandatory(),
    )
    .requiredOption('--out <folder>', 'folder to write')
    .option('--batch <number>', 'for onnx: images in a batch; dynamic takes any number', parseBatch, 'dynamic')
    .option('--prompt <text>', 'for onnx: bake this prompt in, for every image')
    .option('--overwrite', 'replace the folder if it exists')
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Formats:
  onnx         onnx/model.onnx with config.json and preprocessor_config.json: the whole prediction, adapters merged. Without
               adaptive prompts, or with --prompt, transformers.js opens the folder: pipeline('depth-estimation', folder)
  safetensors  folders vision and language, adapters merged, which from_pretrained opens, here and in Python's transformers;
               model.safetensors has the reprogramming and the head
  peft         vision_adapter and language_adapter, for PeftModel.from_pretrained in Python

Examples:
  llm-mde export runs/rooms-tiny --to onnx --out rooms-onnx --prompt "A room, and how far away everything in it is."
  llm-mde export runs/rooms-tiny --to peft --out rooms-adapters`,
    )
    .action(exportModel);
}

async function exportModel(checkpoint: string, flags: ExportFlags): Promise<void> {
  const { to, out, batch, prompt } = flags;
  if (to !== 'onnx' && prompt !== undefined) throw new Error('--prompt is for --to onnx: leave it out.');
  const folder = findModel(checkpoint);
  if (existsSync(out) && !flags.overwrite) {
    throw new Error(`${out} exists already: give another --out, or --overwrite to replace it.`);
  }
  const device = await openDevice({ device: flags.device });
  const model = await LlmMde.load(folder, { compiler: device.compile });
  if (to === 'onnx') await exportOnnx(model, out, { batch, ...(prompt !== undefined && { prompt: { text: prompt } }) });
  else if (to === 'peft') await exportAdapters(model, out);
  else await exportSafetensors(model, out);
  console.log(`Wrote ${out}.`);
}

function parseBatch(value: string): 'dynamic' | number {
  if (value === 'dynamic') return value;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError("It should be a whole number from 1, or 'dynamic'.");
  }
  return number;
}
