import { Command, InvalidArgumentError, Option } from 'commander';
import type { AblateFlags } from '../ablate/run-ablation.js';
import { parseShard } from '../run/shard.js';
import { collect, deviceOption, PRESETS, positiveNumber, queueOption } from './options.js';

/** `llm-mde ablate`: what each part of the model is worth. */
export function ablateCommand(): Command {
  return new Command('ablate')
    .description('train the model without or with other parts, and compare: does the language model help?')
    .addOption(
      new Option('--preset <name>', 'the whole model; small: pretrained towers, tiny: minutes on rendered rooms')
        .choices(PRESETS)
        .default('tiny'),
    )
    .option('--data <path>', 'what all are trained and tested on (default: rendered rooms)')
    .option('--set <key=value>', 'change a key of all runs; can be repeated', collect, [])
    .option('--variant <name>', 'only this variant beside the whole model; can be repeated', collect, [])
    .option('--layers <numbers>', 'also the first so many layers of the language model, such as 1,3', parseLayers, [])
    .option('--language <name>', 'also this language model, a name or a folder; can be repeated', collect, [])
    .option('--also <folder>', 'test every model on these frames too; can be repeated', collect, [])
    .option('--seeds <number>', 'runs of each variant, with seeds from 0', positiveNumber, 3)
    .option('--quick', 'a minute on few and small rooms, to see that everything runs')
    .option('--out <folder>', 'the folder of results and runs (default: runs/ablate-<preset>)')
    .option('--shard <i/n>', 'only shard i of n of the runs (default: as set by SLURM or Kubernetes)', parseShard)
    .option('--jobs <number>', 'trainings at once, each in a process with its share of the cores', positiveNumber, 1)
    .addOption(queueOption())
    .addOption(deviceOption())
    .option('--json', 'print events as JSON lines')
    .addHelpText(
      'after',
      `
Variants: no-language-model, attention-layer, random-frozen, pretrained-frozen, layers-N, language-NAME, adaptive-prompt,
fixed-prompt, scene-prompt, no-prompt, prototypes-linear, prototypes-low-rank, prototypes-clusters, int8-frozen

Examples:
  llm-mde ablate --quick --seeds 2
  llm-mde ablate --preset small --layers 1,3 --also my-rooms --jobs 2
  llm-mde ablate --variant no-language-model --variant attention-layer --set training.epochs=20
  llm-mde ablate --shard 2/8 --out /shared/ablation     second of eight machines
  llm-mde ablate --seeds 8 --out /shared/ablation --queue redis://queue.local:6379

Each run is a folder as of llm-mde train. Finished runs are skipped, stopped ones resumed. ablation.md, .json and .html have means and
spread over seeds, and paired differences with 95 % intervals; a variant is called better or worse only where its interval does not hold 0.`,
    )
    .action(async (flags: AblateFlags) =>
      (await import('../ablate/run-ablation.js')).runAblation(flags, process.argv.slice(2)),
    );
}

function parseLayers(value: string): number[] {
  const numbers = value.split(',').map((part) => Number(part.trim()));
  if (numbers.every((number) => Number.isInteger(number) && number > 0)) return numbers;
  throw new InvalidArgumentError('Must be numbers of layers, separated by commas, such as 1,3.');
}
