import { Command, Option } from 'commander';
import type { EvaluateFlags } from '../evaluate/evaluate.js';
import { parseShard } from '../run/shard.js';
import { deviceOption, layoutOptions, positiveNumber, precisionOption } from './options.js';

/** `llm-mde evaluate`: scores of a model on any split of any dataset. */
export function evaluateCommand(): Command {
  return layoutOptions(new Command('evaluate'))
    .description("evaluate a model: standard metrics and the paper's variant, overall and per scene type")
    .argument('[checkpoint]', 'the folder of a run (its best model is used) or of a saved model')
    .option(
      '--model <name>',
      "instead of a folder: also others' models in transformers.js' layout, such as onnx-community/depth-anything-v2-small",
    )
    .option('--data <path>', 'the dataset (default: that of the run, or rendered rooms)')
    .addOption(
      new Option('--split <name>', 'the frames to evaluate')
        .choices(['train', 'validation', 'test', 'all'])
        .conflicts('list')
        .default('test'),
    )
    .option('--list <file>', 'evaluate these frames instead of a split: a text file with one id per line')
    .addOption(
      new Option('--split-by <how>', 'how to split the frames').choices(['official', 'scene', 'frame', 'block']),
    )
    .addOption(new Option('--crop <name>', 'the pixels to evaluate').choices(['none', 'eigen', 'garg']))
    .option('--min-depth <metres>', 'ignore pixels whose ground truth is nearer')
    .option('--max-depth <metres>', 'ignore pixels whose ground truth is farther')
    .addOption(
      new Option(
        '--align <how>',
        'align predictions with the ground truth first, as for zero-shot models: by median, or by scale and shift',
      ).choices(['none', 'median', 'depth', 'disparity']),
    )
    .option('--flip', 'test-time flip: average with the prediction of the flipped image')
    .option('--batch-size <number>', 'images per batch', positiveNumber)
    .option('--out <file>', 'write the results of each frame as JSON; required with --shard')
    .option('--shard <i/n>', 'evaluate only shard i of n; merge the results with llm-mde merge', parseShard)
    .addOption(precisionOption())
    .addOption(deviceOption())
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde evaluate runs/rooms-tiny
  llm-mde evaluate my-model --data nyu_depth_v2_labeled.mat --flip
  llm-mde evaluate --model onnx-community/depth-anything-v2-small --data my-rooms --split all
  llm-mde evaluate my-model --data my-rooms --split all --align median
  llm-mde evaluate my-model --data nyu_depth_v2_labeled.mat --shard 2/8 --out results/2.json`,
    )
    .action(async (checkpoint: string | undefined, flags: EvaluateFlags) =>
      (await import('../evaluate/evaluate.js')).evaluate(checkpoint, flags),
    );
}
