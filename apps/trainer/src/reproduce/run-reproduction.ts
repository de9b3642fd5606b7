import type { DeviceName } from '@llm-mde/backend';
import type { PresetName } from 'llm-mde';
import { resolveConfiguration } from '../config/resolve.js';
import { writing } from '../output/sentences.js';
import { isFinished } from '../run/run-folder.js';
import { type Shard, shardFromEnvironment } from '../run/shard.js';
import { planRuns } from '../train/train-plan.js';
import { aboutResults, withTraining } from '../train/with-training.js';
import { PAPER_TABLES, type RunName, runsOf, type TableNumber } from './paper-tables.js';
import { reproduce } from './reproduce.js';
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
  jobs: number;
  queue?: string;
  device: DeviceName | 'auto';
  json?: true;
}

/**
 * Trains and tests the runs of the paper's tables and writes the tables.
 *
 * @param command the parameters of the command line, for the record.
 */
export async function runReproduction(flags: ReproduceFlags, command: readonly string[]): Promise<void> {
  const { preset, data } = flags;
  const tables = PAPER_TABLES.filter(({ number }) => flags.table.includes(number));
  const runs = chosenRuns(runsOf(tables), flags.row);
  const named = data === undefined ? [] : [`data.path=${JSON.stringify(data)}`];
  const base = await resolveConfiguration({ preset, set: [...named, ...flags.set] });
  const folder = flags.out ?? `runs/reproduce-${preset}`;
  const seeds = [...Array(flags.seeds).keys()];
  const plan = planRuns(folder, runs, seeds);
  const shard = flags.shard ?? (flags.queue === undefined ? shardFromEnvironment() : { index: 0, count: 1 });
  const imagesPerGroup = flags.imagesPerGroup ?? (preset === 'tiny' ? 28 : 100);
  await withTraining({ ...flags, folder, shard, plan }, async ({ device, events, note, end, interruption }) => {
    const options = { plan, preset, base, imagesPerGroup, shard, device, interruption, events, note };
    await reproduce({
      ...options,
      onRun: ({ name, seed }, place, total) => note(`${place + 1} of ${total}: ${name}, seed ${seed}`),
    });
    end();
    const { count, width, height, seed } = base.data.rooms;
    const facts = [
      `Command: \`llm-mde ${aboutResults(command).join(' ')}\``,
      `Data: ${data ?? `${count} rendered rooms of ${width} × ${height} pixels (seed ${seed})`}`,
      `Device: ${device.name}, ${device.hardware}, ${device.libraryVersion}`,
      `Seeds: ${seeds.join(', ')}; mean ± standard deviation`,
    ];
    const texts = await writing(folder, () => writeTables({ folder, tables, plan, base, device, facts }));
    if (!flags.json) console.log(texts.join('\n'));
    const missing = plan.filter((run) => !isFinished(run.folder)).length;
    const unfinished = missing === 0 ? '' : `; ${missing} of ${plan.length} runs are not finished yet`;
    note(`Tables are in ${folder}${unfinished}.`);
  });
}

function chosenRuns(runs: readonly RunName[], rows: readonly string[]): RunName[] {
  const unknown = rows.find((row) => !runs.includes(row as RunName));
  if (unknown !== undefined) {
    throw new Error(`There is no run "${unknown}" in these tables. Available: ${runs.join(', ')}.`);
  }
  return rows.length === 0 ? [...runs] : runs.filter((run) => rows.includes(run));
}
