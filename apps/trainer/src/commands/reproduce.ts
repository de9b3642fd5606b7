import { type DeviceName, openDevice } from '@llm-mde/backend';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PresetName } from 'llm-mde';
import { PRESET_NAMES } from '../configuration/presets.js';
import { resolveConfiguration } from '../configuration/resolve-configuration.js';
import { PAPER_TABLES, type RunName, runsOf, type TableNumber } from '../reproduce/paper-tables.js';
import { isDone, planRuns, reproduce } from '../reproduce/reproduce.js';
import { writeTables } from '../reproduce/write-tables.js';
import { parseShard, type Shard, shardFromEnvironment } from '../shard.js';
import { showTraining } from '../terminal/show-training.js';
import { INTERRUPTED, Interruption } from '../training/interruption.js';
import { collect, deviceOption, positiveNumber } from './options.js';

interface ReproduceFlags {
  table: TableNumber[];
  row: string[];
  preset: PresetName;
  data?: string;
  set: string[];
  seeds: number;
  shotImages?: number;
  out?: string;
  shard?: Shard;
  device: DeviceName | 'auto';
  json?: true;
}

/** `llm-mde reproduce`: the paper's tables. */
export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description("repeat the paper's experiments and write its tables")
    .requiredOption('--table <numbers>', 'which: 1 to 5, several with commas, or all', parseTables)
    .option('--row <name>', 'only this run, such as scheme-4; can be given several times', collect, [])
    .addOption(
      new Option('--preset <name>', 'paper: base towers from the hub; tiny: minutes on rendered rooms')
        .choices(PRESET_NAMES)
        .default('tiny'),
    )
    .option('--data <path>', 'NYU Depth v2, or any data set that has its scene types (default: rendered rooms)')
    .option('--set <key=value>', 'change a key of all runs; can be given several times', collect, [])
    .option('--seeds <number>', 'runs of each row, with seeds from 0', positiveNumber, 3)
    .option('--shot-images <number>', 'images of each k-shot group (default: 100; 28 with tiny)', positiveNumber)
    .option('--out <folder>', 'the folder of tables and runs (default: runs/reproduce-<preset>)')
    .option('--shard <i/n>', 'do only part i of n of the runs', parseShard)
    .addOption(deviceOption())
    .option('--json', 'print events as JSON, one on each line')
    .addHelpText(
      'after',
      `
Runs: ${runsOf(PAPER_TABLES).join(', ')}

Examples:
  llm-mde reproduce --table 3 --seeds 1
  llm-mde reproduce --table all --preset paper --data nyu_depth_v2_labeled.mat
  llm-mde reproduce --table 5 --row scheme-3 --row scheme-4 --set training.epochs=20
  llm-mde reproduce --table all --shard 2/8 --out /shared/tables     on the second of eight machines

Each run is a folder as llm-mde train makes it. A run that is done is not done again, one that was stopped goes on. When all
machines are through, the same command without --shard writes the tables; on a part, it writes what is there.`,
    )
    .action(runReproduction);
}

async function runReproduction(flags: ReproduceFlags): Promise<void> {
  const { preset, seeds } = flags;
  const tables = PAPER_TABLES.filter(({ number }) => flags.table.includes(number));
  const runs = chosenRuns(runsOf(tables), flags.row);
  const base = await resolveConfiguration({
    preset,
    set: [...(flags.data === undefined ? [] : [`data.path=${JSON.stringify(flags.data)}`]), ...flags.set],
  });
  const folder = flags.out ?? `runs/reproduce-${preset}`;
  const shard = flags.shard ?? shardFromEnvironment();
  const device = await openDevice({ device: flags.device });
  const show = showTraining({ json: flags.json === true });
  const interruption = new Interruption();
  const stopListening = interruption.listen(show.note);
  const options = {
    folder,
    runs,
    seeds: Array.from({ length: seeds }, (_, seed) => seed),
    preset,
    base,
    shotImages: flags.shotImages ?? (preset === 'tiny' ? 28 : 100),
    shard,
    device,
    interruption,
    events: show.events,
  };
  try {
    const ended = await reproduce({
      ...options,
      onRun: ({ name, seed }, place, total) => show.note(`${place + 1} of ${total}: ${name}, seed ${seed}`),
    });
    show.end();
    if (!ended) {
      show.note(`Saved in ${folder}. The same command goes on.`);
      process.exitCode = INTERRUPTED;
      return;
    }
    const plan = planRuns(options);
    const facts = [
      `Command: \`llm-mde ${process.argv.slice(2).filter(isAboutResults).join(' ')}\``,
      `Data: ${flags.data ?? `${base.data.rooms.count} rendered rooms of ${base.data.rooms.width} × ${base.data.rooms.height} pixels (seed ${base.data.rooms.seed})`}`,
      `Device: ${device.name}, ${device.hardware}, ${device.libraryVersion}`,
      `Seeds: ${options.seeds.join(', ')}; mean ± standard deviation`,
    ];
    const texts = await writeTables({ folder, tables, plan, base, device, facts });
    if (!flags.json) console.log(texts.join('\n'));
    const missing = plan.filter((run) => !isDone(run)).length;
    show.note(
      missing === 0
        ? `Tables are in ${folder}.`
        : `Tables are in ${folder}; ${missing} of ${plan.length} runs are not done yet.`,
    );
  } finally {
    stopListening();
    show.end();
    await device.close();
  }
}

/** Which part a machine did is not a property of the results. */
function isAboutResults(argument: string, index: number, all: readonly string[]): boolean {
  return argument !== '--shard' && all[index - 1] !== '--shard' && argument !== '--json';
}

function parseTables(value: string): TableNumber[] {
  if (value === 'all') return PAPER_TABLES.map(({ number }) => number);
  const numbers = value.split(',').map((part) => Number(part.trim()));
  const known = PAPER_TABLES.map(({ number }) => number as number);
  if (numbers.some((number) => !known.includes(number))) {
    throw new InvalidArgumentError('The tables are 1, 2, 3, 4 and 5; several are divided by commas.');
  }
  return numbers as TableNumber[];
}

function chosenRuns(runs: readonly RunName[], rows: readonly string[]): RunName[] {
  const unknown = rows.find((row) => !runs.includes(row as RunName));
  if (unknown !== undefined) {
    throw new Error(`There is no run "${unknown}" in these tables: they have ${runs.join(', ')}.`);
  }
  return rows.length === 0 ? [...runs] : runs.filter((run) => rows.includes(run));
}
