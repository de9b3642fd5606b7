import { basename, isAbsolute } from 'node:path';
import { parseHubName } from '@llm-mde/checkpoints';
import type { PresetName } from 'llm-mde';
import { trainingPreset } from '../config/presets.js';
import { resolveConfiguration } from '../config/resolve.js';
import { continuesModel, type TrainingConfiguration } from '../config/schema.js';
import { quoted } from '../output/sentences.js';
import { findModel } from '../run/find-model.js';

/**
 * The command line that a run's configuration stands for, whatever files and settings it was put together from. Of paths only the last part is
 * named: the rest says nothing to others.
 */
export async function trainingCommand(configuration: TrainingConfiguration): Promise<string> {
  const commands = PRESETS.map((name) => commandFrom(configuration, trainingPreset(name), ['--preset', name]));
  if (continuesModel(configuration)) {
    const { model } = configuration.training.initFrom!;
    const base = await Promise.resolve()
      .then(() => findModel(model))
      .then((from) => resolveConfiguration({ from }))
      // Gone since: then by the preset that is nearest.
      .catch(() => undefined);
    if (base) commands.unshift(commandFrom(configuration, base, []));
  }
  const [shortest] = commands.sort((one, other) => one.length - other.length);
  return ['llm-mde', 'train', ...shortest!].map(quoted).join(' ').replace(' --preset tiny', '');
}

const PRESETS = ['tiny', 'small', 'paper'] as const satisfies readonly PresetName[];

/** The last part of a path; the whole name of a repository on the hub. */
export function withoutFolders(name: string): string {
  return parseHubName(name) ? name : basename(name);
}

/** Whether a run began with all weights of a model, as `--from` says it. */

function commandFrom(configuration: TrainingConfiguration, base: TrainingConfiguration, preset: string[]): string[] {
  const { data, model, training } = configuration;
  const from = continuesModel(configuration) ? training.initFrom : base.training.initFrom;
  const seeds =
    model.seed === training.seed && (model.seed !== base.model.seed || training.seed !== base.training.seed);
  const begun = {
    ...base,
    model: { ...base.model, ...(seeds && { seed: model.seed }) },
    data: { ...base.data, path: data.path },
    training: { ...base.training, initFrom: from, ...(seeds && { seed: training.seed }) },
  };
  return [
    ...preset,
    ...(data.path === null ? [] : ['--data', basename(data.path)]),
    ...(continuesModel(configuration) ? ['--from', withoutFolders(training.initFrom!.model)] : []),
    ...(seeds ? ['--seed', String(model.seed)] : []),
    ...differences(begun, configuration, '').flatMap((setting) => ['--set', setting]),
  ];
}

/** What is set otherwise, as `--set` takes it. */
function differences(base: unknown, value: unknown, key: string): string[] {
  if (isObject(base) && isObject(value)) {
    return Object.keys(value).flatMap((name) =>
      differences(base[name], value[name], key === '' ? name : `${key}.${name}`),
    );
  }
  if (value === undefined || JSON.stringify(base) === JSON.stringify(value)) return [];
  const shown = typeof value === 'string' ? shownText(key, value) : JSON.stringify(value, shownText);
  return [`${key}=${shown.length > LONGEST ? '…' : shown}`];
}

/** Of a list of frames, say. */
const LONGEST = 300;

/** What may be the path of a file or folder is named without its folders. */
function shownText<Value>(key: string, value: Value): Value {
  if (typeof value !== 'string') return value;
  const isPath = /(?:^|\.)(?:pretrained|model|train|validation|test|trainScenes|path)$/.test(key);
  // Globs are mostly relative, and stay whole; what begins so in a regular expression is no path.
  const isAbsolutePath = isAbsolute(value) && !/(?:^|\.)scene$/.test(key);
  return isPath || isAbsolutePath ? (withoutFolders(value) as Value) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
