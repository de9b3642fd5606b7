import { Command, InvalidArgumentError, Option } from 'commander';
import { PAPER_TABLES, runsOf, type TableNumber } from '../reproduce/paper-tables.js';
import type { ReproduceFlags } from '../reproduce/run-reproduction.js';
import { parseShard } from '../run/shard.js';
import { collect, deviceOption, PRESETS, positiveNumber, queueOption } from './options.js';

/** `llm-mde reproduce`: the paper's tables. */
export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description("reproduce the paper's experiments and write its tables")
    .requiredOption('--table <numbers>', 'the tables: 1 to 5, separated by commas, or all', parseTables)
    .option('--row <name>', 'only this run, such as scheme-4; can be repeated', collect, [])
    .addOption(
      new Option('--preset <name>', 'paper and small: pretrained towers from the hub; tiny: minutes on rendered rooms')
        .choices(PRESETS)
        .default('tiny'),
    )
    .option('--data <path>', 'NYU Depth v2, or any dataset with its scene types (default: rendered rooms)')
    .option('--set <key=value>', 'change a key of all runs; can be repeated', collect, [])
    .option('--seeds <number>', 'runs per row, with seeds from 0', positiveNumber, 3)
    .option('--images-per-group <number>', 'images per k-shot group (default: 100; 28 with tiny)', positiveNumber)
    .option('--out <folder>', 'the folder of tables and runs (default: runs/reproduce-<preset>)')
    .option('--shard <i/n>', 'only shard i of n of the runs (default: as set by SLURM or Kubernetes)', parseShard)
    .option('--jobs <number>', 'trainings at once, each in a process with its share of the cores', positiveNumber, 1)
    .addOption(queueOption())
    .addOption(deviceOption())
    .option('--json', 'print events as JSON lines')
    .addHelpText(
      'after',
      `
Runs: ${runsOf(PAPER_TABLES).join(', ')}

Examples:
  llm-mde reproduce --table 3 --seeds 1
  llm-mde reproduce --table all --preset paper --data nyu_depth_v2_labeled.mat
  llm-mde reproduce --table 5 --row scheme-3 --row scheme-4 --set training.epochs=20
  llm-mde reproduce --table all --shard 2/8 --out /shared/tables     second of eight machines
  llm-mde reproduce --table all --out /shared/tables --queue redis://queue.local:6379

Each run is a folder as of llm-mde train. Finished runs are skipped, stopped ones resumed. When all machines are done, the same
command without --shard writes the tables; with --shard, it writes the rows that are finished.`,
    )
    .action(async (flags: ReproduceFlags) =>
      (await import('../reproduce/run-reproduction.js')).runReproduction(flags, process.argv.slice(2)),
    );
}

function parseTables(value: string): TableNumber[] {
  if (value === 'all') return PAPER_TABLES.map(({ number }) => number);
  const numbers = value.split(',').map((part) => Number(part.trim()));
  const known = PAPER_TABLES.map(({ number }) => number as number);
  if (numbers.some((number) => !known.includes(number))) {
    throw new InvalidArgumentError('The tables are 1, 2, 3, 4 and 5, separated by commas.');
  }
  return numbers as TableNumber[];
}
