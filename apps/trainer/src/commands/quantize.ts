import { Command, InvalidArgumentError } from 'commander';
import type { QuantizeFlags } from '../quantize/quantize.js';
import { cameraOptions, deviceOption } from './options.js';

/** `llm-mde quantize`: which layers stay in float32 where the others are computed in 8 bits. */
export function quantizeCommand(): Command {
  return cameraOptions(new Command('quantize'))
    .description('prepare a model for predictions in 8 bits: measure which layers have to stay in float32')
    .argument('<checkpoint>', 'the folder of a run (its best model is changed) or of a saved model')
    .argument('<images...>', 'a few photos like those that will be predicted: files, folders or patterns')
    .option('--out <folder>', 'write a changed copy to a new folder instead of changing the model')
    .option(
      '--tolerance <share>',
      'how much depth may change in the mean, |log(int8 / float32)|; 0.01 is a percent',
      parseShare,
      0.0075,
    )
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Each linear layer of the towers is computed in 8 bits alone, and its error measured. The worst are left in float32, so many that the
tolerance holds. It takes some minutes. Models without this can be predicted with --precision int8 too; then no layer is left out.

Examples:
  llm-mde quantize runs/rooms-small photos/*.jpg
  llm-mde predict runs/rooms-small photos --precision int8`,
    )
    .action(async (checkpoint: string, images: string[], flags: QuantizeFlags) =>
      (await import('../quantize/quantize.js')).quantize(checkpoint, images, flags),
    );
}

function parseShare(value: string): number {
  const share = Number(value);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError('Must be a number between 0 and 1, such as 0.0075.');
}
