import { Command, Option } from 'commander';
import { INTERRUPTED } from '../train/interruption.js';
import type { TrainFlags } from '../train/run-training.js';
import { collect, deviceOption, layoutOptions, PRESETS, port, positiveNumber } from './options.js';

/** `llm-mde train`: trains a model, evaluates it and writes a report. */
export function trainCommand(): Command {
  return layoutOptions(new Command('train'))
    .description('train a model, test it and write a report')
    .addOption(new Option('--preset <name>', 'the configuration to start from').choices(PRESETS).default('tiny'))
    .option('--config <file>', 'a JSON file with changes to the preset')
    .option('--set <key=value>', 'change a single key; can be repeated', collect, [])
    .option('--data <path>', 'the dataset: NYU Depth v2 in any form, or a folder of pairs (default: rendered rooms)')
    .option(
      '--from <model>',
      'initialize from the weights of a run or of a saved model, and train it as it is configured unless --preset is named',
    )
    .option(
      '--feature-cache [variants]',
      "compute a frozen vision tower's features once, of so many augmented variants of each frame (default: 4)",
      positiveNumber,
    )
    .option(
      '--epochs <number>',
      "passes over the training frames, at most: it stops where validation no longer improves (default: the preset's)",
      positiveNumber,
    )
    .option('--seed <number>', 'seed of weights, dropout, shuffling and augmentation')
    .option('--out <folder>', 'the folder of the run (default: runs/<data>-<preset>)')
    .option('--resume', 'resume the run in the folder; start it if there is none')
    .option('--overwrite', 'remove the files of the run in the folder and start over')
    .option('--watch [port]', 'serve the report on this machine while training (default: a free port)', port)
    .option('--push <repository>', 'push the trained model to the Hugging Face hub, as llm-mde push does')
    .addOption(deviceOption())
    .option('--json', 'print events as JSON lines')
    .option('--print-schema', 'print the JSON schema of the configuration')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde train                                            the preset tiny on rendered rooms
  llm-mde train --data nyu_depth_v2_labeled.mat --preset paper
  llm-mde train --data my-rooms --epochs 10 --set training.batchSize=8
  llm-mde train --data my-rooms --from rooms-small         fine-tune the model for photographs on one's own rooms
  llm-mde train --preset small --set model.vision.lora=null --feature-cache
  llm-mde train --watch 8080                               follow the curves at http://127.0.0.1:8080/
  llm-mde train --out runs/a --resume                      resume a run with its own configuration

Ctrl-C finishes the step, saves a checkpoint and exits with ${INTERRUPTED}; a second one exits at once. SIGTERM and the end of the
terminal do as Ctrl-C.`,
    )
    .action(async (flags: TrainFlags, command: Command) =>
      (await import('../train/run-training.js')).runTraining(
        flags,
        command.getOptionValueSource('preset') === 'default',
      ),
    );
}
