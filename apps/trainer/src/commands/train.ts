import { type DeviceName, openDevice } from '@llm-mde/backend';
import { Command, Option } from 'commander';
import { MODULE_NAMES } from 'llm-mde';
import { configurationSchema } from '../configuration/configuration-schema.js';
import { PRESET_NAMES } from '../configuration/presets.js';
import { resolveConfiguration } from '../configuration/resolve-configuration.js';
import { describeEnvironment } from '../run-folder/environment.js';
import { prepareRun } from '../run-folder/prepare-run.js';
import { RunFolder, writeJson } from '../run-folder/run-folder.js';
import { resultTable } from '../terminal/result-table.js';
import { showTraining } from '../terminal/show-training.js';
import { finishRun } from '../training/finish-run.js';
import { INTERRUPTED, Interruption } from '../training/interruption.js';
import { train } from '../training/train.js';
import { collect, deviceOption } from './options.js';

interface TrainFlags {
  preset: string;
  config?: string;
  set: string[];
  data?: string;
  from?: string;
  seed?: string;
  out?: string;
  resume?: true;
  overwrite?: true;
  device: DeviceName | 'auto';
  json?: true;
  printSchema?: true;
}

/** `llm-mde train`: from images with depth to a model, its report, and everything that a later run needs. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train a model, test it, and write a report with pictures')
    .addOption(new Option('--preset <name>', 'what to start from').choices(PRESET_NAMES).default('tiny'))
    .option('--config <file>', 'a JSON file with keys that differ from the preset')
    .option('--set <key=value>', 'change a single key; can be given several times', collect, [])
    .option('--data <path>', 'the data set: any form of NYU Depth v2, or a folder of pairs (default: rendered rooms)')
    .option('--from <model>', 'begin with the weights of a run or of a saved model')
    .option('--seed <number>', 'seed of weights, dropout, order and augmentation')
    .option('--out <folder>', 'the folder of the run (default: runs/<data>-<preset>)')
    .option('--resume', 'go on where the run in the folder stopped; begin it if there is none')
    .option('--overwrite', 'remove the run in the folder and begin anew')
    .addOption(deviceOption())
    .option('--json', 'print events as JSON, one on each line')
    .option('--print-schema', 'print the JSON schema of the configuration and end')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde train                                            the preset tiny on rendered rooms
  llm-mde train --data nyu_depth_v2_labeled.mat --preset paper
  llm-mde train --data my-rooms --set training.epochs=10 --set training.batchSize=8
  llm-mde train --data my-rooms --from runs/rooms-tiny     go on from a trained model, on other rooms
  llm-mde train --out runs/a --resume                      go on with a run, with the options that it was begun with

Ctrl-C finishes the step, saves and exits with ${INTERRUPTED}; a second one ends at once.`,
    )
    .action(runTraining);
}

async function runTraining(flags: TrainFlags, command: Command): Promise<void> {
  if (flags.printSchema) {
    console.log(JSON.stringify(configurationSchema(), undefined, 2));
    return;
  }
  const set = [...shorthands(flags), ...flags.set];
  const configuration = await resolveConfiguration({ preset: flags.preset, file: flags.config, set });
  const asBegun =
    command.getOptionValueSource('preset') === 'default' && flags.config === undefined && set.length === 0;
  const folder = new RunFolder(
    flags.out ?? `runs/${flags.data === undefined ? 'rooms' : nameOf(flags.data)}-${flags.preset}`,
  );
  const resolved = await prepareRun(folder, configuration, { ...flags, asBegun });
  const device = await openDevice({ device: flags.device });
  await writeJson(folder.environment, describeEnvironment(device));
  const show = showTraining({ json: flags.json === true });
  const interruption = new Interruption();
  const stopListening = interruption.listen(show.note);
  try {
    const state = await train({ configuration: resolved, folder, device, events: show.events, interruption });
    show.end();
    if (state.ended === null) {
      show.note(`Saved after step ${state.step} in ${folder.last}. Go on with --out ${folder.path} --resume.`);
      process.exitCode = INTERRUPTED;
      return;
    }
    stopListening();
    const results = await finishRun(resolved, folder, device, show.events);
    show.end();
    if (flags.json) console.log(JSON.stringify({ event: 'results', ...results }));
    else console.log(resultTable(results, resolved, folder));
  } finally {
    stopListening();
    show.end();
    await device.close();
  }
}

function shorthands({ data, from, seed }: TrainFlags): string[] {
  return [
    ...(data === undefined ? [] : [`data.path=${JSON.stringify(data)}`]),
    ...(from === undefined ? [] : [`training.initFrom=${JSON.stringify({ model: from, modules: MODULE_NAMES })}`]),
    ...(seed === undefined ? [] : [`model.seed=${seed}`, `training.seed=${seed}`]),
  ];
}

/** The last part of a path, without its ending. */
function nameOf(path: string): string {
  return (
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1)!
      .replace(/\.\w+$/, '') || 'data'
  );
}
