import { isMode, MODES, type Mode } from '@llm-mde/quantize';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExportFlags } from '../export.js';
import { deviceOption } from './options.js';

/** `llm-mde export`: a trained model as files that other programs read. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a trained model as files for other programs')
    .argument('<checkpoint>', 'the folder of a run or of a saved model')
    .addOption(
      new Option('--to <format>', 'what to write')
        .choices(['model', 'onnx', 'safetensors', 'peft'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <folder>', 'the folder to write')
    .option('--batch-size <number>', 'for onnx: images per batch; dynamic for any number', parseBatchSize, 'dynamic')
    .option('--prompt <text>', 'for onnx: a fixed prompt for every image')
    .option('--dtype <list>', `for onnx: also in these precisions, of ${MODES.join(', ')}`, parseDtypes, [])
    .option('--overwrite', 'replace the folder if it exists')
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Formats:
  model        the model to share, in half precision: LlmMde.load and llm-mde predict open the folder; pretrained towers stay on the hub
  onnx         onnx/model.onnx with config.json and preprocessor_config.json: the whole model, adapters merged. With --prompt, or
               without adaptive prompts, transformers.js loads the folder: pipeline('depth-estimation', folder). --dtype q8,fp16 adds
               onnx/model_quantized.onnx and onnx/model_fp16.onnx, which it loads with { dtype: 'q8' } or { dtype: 'fp16' }
  safetensors  folders vision and language, adapters merged, for from_pretrained here and in Python's transformers;
               model.safetensors has the reprogramming and the head
  peft         vision_adapter and language_adapter, for PeftModel.from_pretrained in Python

Examples:
  llm-mde export runs/rooms-tiny --to onnx --out rooms-onnx --prompt "A room, and how far away everything in it is."
  llm-mde export runs/photos --to model --out my-model
  llm-mde export runs/rooms-tiny --to peft --out rooms-adapters`,
    )
    .action(async (checkpoint: string, flags: ExportFlags) =>
      (await import('../export.js')).exportModel(checkpoint, flags),
    );
}

function parseBatchSize(value: string): 'dynamic' | number {
  if (value === 'dynamic') return value;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError("Must be a positive integer or 'dynamic'.");
  }
  return number;
}

function parseDtypes(value: string): Mode[] {
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isMode(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no dtype "${unknown}": choose of ${MODES.join(', ')}.`);
  return [...new Set(names)].filter(isMode);
}
