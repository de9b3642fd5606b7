import { parse } from 'node:path';
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { MODULE_NAMES, type PresetName } from 'llm-mde';
import { type LayoutFlags, layoutOfFlags } from '../config/layout.js';
import { resolveConfiguration } from '../config/resolve.js';
import { configurationSchema } from '../config/schema.js';
import { openDataset } from '../data/open.js';
import { resultText } from '../evaluate/results.js';
import { showTraining } from '../output/show-training.js';
import { checkPush, push } from '../push/push.js';
import { LiveReport } from '../report/live-report.js';
import { findModel } from '../run/find-model.js';
import { checkRun } from '../run/prepare-run.js';
import { isRun, type RunFolder, readConfiguration, runFolder } from '../run/run-folder.js';
import { INTERRUPTED, Interrupted, Interruption } from './interruption.js';
import { trainAndTest } from './train-and-test.js';

export interface TrainFlags extends LayoutFlags {
  preset: PresetName;
  config?: string;
  set: string[];
  data?: string;
  from?: string;
  featureCache?: number | true;
  epochs?: number;
  seed?: string;
  out?: string;
  resume?: true;
  overwrite?: true;
  push?: string;
  device: DeviceName | 'auto';
  json?: true;
  /** The port at which the report is served meanwhile; true for a free one. */
  watch?: number | true;
  printSchema?: true;
}

/**
 * Trains a model, or resumes its training, tests it and prints the result.
 *
 * @param isDefaultPreset whether the preset was not named: without any other setting, a run is then resumed with its own configuration.
 */
export async function runTraining(flags: TrainFlags, isDefaultPreset: boolean): Promise<void> {
  if (flags.printSchema) {
    console.log(JSON.stringify(configurationSchema(), undefined, 2));
    return;
  }
  const set = [...shorthands(flags), ...flags.set];
  const continued = flags.from !== undefined && isDefaultPreset ? { from: await findModel(flags.from) } : {};
  const folder = runFolder(
    flags.out ??
      `runs/${flags.data === undefined ? 'rooms' : parse(flags.data).name || 'data'}-${continued.from === undefined ? flags.preset : parse(flags.from!).name}`,
  );
  const isAsStarted = flags.resume && isDefaultPreset && flags.config === undefined && flags.from === undefined;
  const begun = isAsStarted && isRun(folder) ? await readConfiguration(folder) : undefined;
  const asked = await resolveConfiguration({ preset: flags.preset, ...continued, begun, file: flags.config, set });
  const configuration = await checkRun(folder, asked, flags);
  if (flags.push !== undefined) await checkPush(flags.push);
  const live = flags.watch && (await LiveReport.start(folder, flags.watch === true ? 0 : flags.watch));
  const device = await openDevice({ device: flags.device });
  const { events: shown, note, end } = showTraining({ json: flags.json === true });
  const events = live ? live.following(shown) : shown;
  if (live) note(`The report is served while training: ${live.address}`);
  const interruption = new Interruption();
  const stopListening = interruption.listen(note, end);
  try {
    // First, so that a run whose data cannot be opened leaves nothing behind.
    const data = await openDataset(configuration.data, (done, total) => {
      interruption.check();
      events.onRender?.(done, total);
    });
    try {
      const options = { configuration, folder, device, data, events, interruption, note };
      const results = await trainAndTest({ ...options, overwrite: flags.overwrite });
      end();
      if (results && live) await live.close(true);
      if (!results) throw new Interrupted(`Saved in ${folder.last}. Resume with --out ${folder.path} --resume.`);
      if (flags.json) console.log(JSON.stringify({ event: 'results', ...results }));
      else console.log(resultText(results, configuration, folder));
      if (flags.push !== undefined) await pushTrained(flags.push, folder, flags);
    } finally {
      await data.dataset.close();
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    note(error.message);
    process.exitCode = INTERRUPTED;
  } finally {
    stopListening();
    end();
    if (live) await live.close(false);
    await device.close();
  }
}

async function pushTrained(repository: string, { path, best }: RunFolder, { json }: TrainFlags): Promise<void> {
  try {
    await push(repository, best, { ...(json && { json }) });
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\nThe model is trained; to push it later: llm-mde push ${repository} ${path}`,
      { cause: error },
    );
  }
}

function shorthands({ data, from, featureCache, epochs, seed, ...flags }: TrainFlags): string[] {
  return [
    ...Object.entries(layoutOfFlags(flags)).map(([key, value]) => `data.${key}=${JSON.stringify(value)}`),
    ...(data === undefined ? [] : [`data.path=${JSON.stringify(data)}`]),
    ...(from === undefined ? [] : [`training.initFrom=${JSON.stringify({ model: from, modules: MODULE_NAMES })}`]),
    ...(featureCache === undefined
      ? []
      : [`training.featureCache=${JSON.stringify(featureCache === true ? {} : { variants: featureCache })}`]),
    ...(epochs === undefined ? [] : [`training.epochs=${epochs}`]),
    ...(seed === undefined ? [] : [`model.seed=${seed}`, `training.seed=${seed}`]),
  ];
}
