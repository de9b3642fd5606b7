import type { DeviceName } from '@llm-mde/backend';
import type { PresetName } from 'llm-mde';
import { resolveConfiguration } from '../config/resolve.js';
import { plural, UsageError, writing } from '../output/sentences.js';
import { isFinished } from '../run/run-folder.js';
import { type Shard, shardFromEnvironment } from '../run/shard.js';
import { planRuns } from '../train/train-plan.js';
import { aboutResults, withTraining } from '../train/with-training.js';
import { ablate, writeAblation } from './ablate.js';
import { type Variant, variantsOf, WHOLE } from './variants.js';

export interface AblateFlags {
  preset: PresetName;
  data?: string;
  set: string[];
  variant: string[];
  layers: number[];
  language: string[];
  also: string[];
  seeds: number;
  quick?: true;
  out?: string;
  shard?: Shard;
  jobs: number;
  queue?: string;
  device: DeviceName | 'auto';
  json?: true;
}

/** Small enough for a minute: it shows that everything runs, not what helps. */
const QUICK = [
  'data.rooms.count=28',
  'data.rooms.width=32',
  'data.rooms.height=24',
  'data.numWorkers=0',
  'training.epochs=1',
  'training.warmupSteps=0',
];

/** Trains and tests the variants of a model and writes how they compare. @param command the parameters of the command line, for the record. */
export async function runAblation(flags: AblateFlags, command: readonly string[]): Promise<void> {
  const { preset, data, quick = false } = flags;
  const named = data === undefined ? [] : [`data.path=${JSON.stringify(data)}`];
  const base = await resolveConfiguration({ preset, set: [...(quick ? QUICK : []), ...named, ...flags.set] });
  const variants = chosen(variantsOf(base.model, { layers: flags.layers, languages: flags.language }), flags.variant);
  const folder = flags.out ?? `runs/ablate-${preset}${quick ? '-quick' : ''}`;
  const seeds = [...Array(flags.seeds).keys()];
  const names = variants.map(({ name }) => name);
  const plan = planRuns(folder, names, seeds);
  const shard = flags.shard ?? (flags.queue === undefined ? shardFromEnvironment() : { index: 0, count: 1 });
  const { also } = flags;
  await withTraining({ ...flags, folder, shard, plan }, async ({ device, events, note, end, interruption }) => {
    await ablate({
      ...{ plan, base, variants, also, shard, device, interruption, events, note },
      onRun: ({ name, seed }, place, total) => note(`${place + 1} of ${total}: ${name}, seed ${seed}`),
    });
    end();
    const { count, width, height, seed } = base.data.rooms;
    const facts = [
      `Command: \`llm-mde ${aboutResults(command).join(' ')}\``,
      `Data: ${data ?? `${count} rendered rooms of ${width} × ${height} pixels (seed ${seed})`}; ${plural(base.training.epochs, 'epoch')} in batches of ${base.training.batchSize}`,
      `Device: ${device.name}, ${device.hardware}, ${device.libraryVersion}`,
    ];
    const text = await writing(folder, () => writeAblation({ folder, plan, variants, also, facts }));
    if (!flags.json) console.log(text);
    const missing = plan.filter((run) => !isFinished(run.folder)).length;
    note(`${folder}/ablation.html${missing === 0 ? '' : `; ${missing} of ${plan.length} runs are not finished yet`}`);
  });
}

/** The whole model is always among them. */
function chosen(variants: readonly Variant[], names: readonly string[]): Variant[] {
  const unknown = names.find((name) => !variants.some((variant) => variant.name === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `There is no variant "${unknown}". Available: ${variants.map(({ name }) => name).join(', ')}.`,
    );
  }
  return variants.filter(({ name }) => names.length === 0 || name === WHOLE || names.includes(name));
}
