import { type DeviceName, openDevice } from '@llm-mde/backend';
import type { PresetName } from 'llm-mde';
import { resolveConfiguration } from '../config/resolve.js';
import { showTraining } from '../output/show-training.js';
import { type Shard, shardFromEnvironment } from '../run/shard.js';
import { INTERRUPTED, Interruption } from '../train/interruption.js';
import { PAPER_TABLES, type RunName, runsOf, type TableNumber } from './paper-tables.js';
import { isDone, planRuns, reproduce } from './reproduce.js';
import { writeTables } from './write-tables.js';

export interface ReproduceFlags {
  table: TableNumber[];
  row: string[];
  preset: PresetName;
  data?: string;
  set: string[];
  seeds: number;
  imagesPerGroup?: number;
  out?: string;
  shard?: Shard;
  device: DeviceName | 'auto';
  json?: true;
}

/**
 * Trains and tests the runs of the paper's tables and writes the tables.
 *
 * @param command the parameters of the command line, for the record.
 */
export async function runReproduction(flags: ReproduceFlags, command: readonly string[]): Promise<void> {
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
    imagesPerGroup: flags.imagesPerGroup ?? (preset === 'tiny' ? 28 : 100),
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
      show.note(`Saved in ${folder}. Run the same command again to resume.`);
      process.exitCode = INTERRUPTED;
      return;
    }
    const plan = planRuns(options);
    const facts = [
      `Command: \`llm-mde ${command.filter(isAboutResults).join(' ')}\``,
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
        : `Tables are in ${folder}; ${missing} of ${plan.length} runs are not finished yet.`,
    );
  } finally {
    stopListening();
    show.end();
    await device.close();
  }
}

/** Which shard a machine did does not matter for the results. */
function isAboutResults(argument: string, index: number, all: readonly string[]): boolean {
  return argument !== '--shard' && all[index - 1] !== '--shard' && argument !== '--json';
}

function chosenRuns(runs: readonly RunName[], rows: readonly string[]): RunName[] {
  const unknown = rows.find((row) => !runs.includes(row as RunName));
  if (unknown !== undefined) {
    throw new Error(`There is no run "${unknown}" in these tables. Available: ${runs.join(', ')}.`);
  }
  return rows.length === 0 ? [...runs] : runs.filter((run) => rows.includes(run));
}
