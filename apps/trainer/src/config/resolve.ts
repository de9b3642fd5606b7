import { join } from 'node:path';
import { ConfigurationError, checkConfiguration, type PresetName } from 'llm-mde';
import type { z } from 'zod';
import { UsageError } from '../output/sentences.js';
import { readJson } from './json-file.js';
import { FINE_TUNING, FINE_TUNING_AVERAGE_DECAY, trainingPreset } from './presets.js';
import { RUN_SECTIONS, type TrainingConfiguration } from './schema.js';

export interface ConfigurationSources {
  /** @default 'tiny' */
  preset?: PresetName;
  /** A saved model's folder, whose configuration is the model's instead of the preset's. */
  from?: string | undefined;
  /** Instead of both: the configuration of a run that was begun. */
  begun?: TrainingConfiguration | undefined;
  /** A JSON file with some of the keys, or all. */
  file?: string | undefined;
  /** Texts `section.key=value`; values are JSON, or text where they are not. */
  set?: readonly string[];
}

/**
 * The configuration of a run: a preset or that of a saved model, changed by a file, changed by single values.
 *
 * @throws {ConfigurationError} that names the first key that is unknown or wrong, and where it was set; {UsageError} if that was by `set`.
 */
export async function resolveConfiguration({
  preset,
  from,
  begun,
  file,
  set = [],
}: ConfigurationSources): Promise<TrainingConfiguration> {
  let configuration: unknown =
    begun ?? (from === undefined ? trainingPreset(preset ?? 'tiny') : await fineTuning(from));
  if (file !== undefined) {
    if (/\.(?:ya?ml|toml)$/i.test(file))
      throw new ConfigurationError(`${file}: a configuration is a JSON file; convert it first.`);
    configuration = merge(configuration, await readJson(file), file);
  }
  const given = configuration;
  const changed = asUsage(() =>
    set.reduce<unknown>((base, text) => merge(base, parseSetting(text), `--set ${text}`), given),
  );
  if (file !== undefined) return checkTrainingConfiguration(changed, file);
  // A preset is right: what is wrong was set on the command line.
  return asUsage(() => checkTrainingConfiguration(changed, 'The configuration'));
}

/** To train a saved model on: its own configuration, with the sections of the preset that has such towers, for a few dozen frames. */
async function fineTuning(folder: string): Promise<TrainingConfiguration> {
  const file = join(folder, 'config.json');
  const { model_type, format_version, ...saved } = (await readJson(file)) as Record<string, unknown>;
  const model = checkConfiguration(saved, file);
  if (model.vision.pretrained === null) return { ...trainingPreset('tiny'), model };
  const { training, ...sections } = trainingPreset('small');
  const optimization = { ...model.optimization, averageDecay: FINE_TUNING_AVERAGE_DECAY };
  return { ...sections, training: { ...training, ...FINE_TUNING }, model: { ...model, optimization } };
}

/** Mistakes in a configuration that stand on the command line. */
function asUsage<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof ConfigurationError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/**
 * Checks a configuration, such as one that was read from a file.
 *
 * @param source where it came from, for messages.
 * @throws {ConfigurationError} that names the first key that is unknown or wrong.
 */
export function checkTrainingConfiguration(value: unknown, source: string): TrainingConfiguration {
  if (!isObject(value)) throw new ConfigurationError(`${source} should be an object.`);
  const { model, ...given } = value;
  const sections = { ...given, ...(isObject(given.data) && { data: renamed(given.data) }) };
  const result = RUN_SECTIONS.safeParse(sections);
  if (!result.success) throw new ConfigurationError(`${source}: ${firstIssue(result.error, sections)}`);
  const configuration = { model: checkConfiguration(model, `${source}, section model`), ...result.data };
  const { lora, fullFineTuning } = configuration.model.vision;
  if (configuration.training.featureCache && (lora || fullFineTuning)) {
    throw new ConfigurationError(
      `${source}: "training.featureCache" needs a vision tower that is not trained: set "model.vision.lora" to null and leave "fullFineTuning" off.`,
    );
  }
  return configuration;
}

/** Keys of runs that were started before they had their names. */
function renamed({ depthScale, depthEncoding, ...data }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...(depthScale !== undefined && { metresPerUnit: depthScale }),
    ...(depthEncoding !== undefined && { encoding: depthEncoding }),
    ...data,
  };
}

/** `a.b=3` as `{ a: { b: 3 } }`. */
function parseSetting(text: string): Record<string, unknown> {
  const [, path, value] = /^([\w.]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) {
    throw new ConfigurationError(`--set ${text} should be key=value, such as --set training.epochs=10.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = value;
  }
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), parsed) as Record<string, unknown>;
}

/** Objects key by key, everything else as a whole. A misspelled key is noticed here, before it hides what it was meant to change. */
function merge(base: unknown, changes: unknown, source: string, path = ''): unknown {
  if (!isObject(base) || !isObject(changes)) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const name = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(base, key) && !OPEN_KEYS.test(name)) {
      throw new ConfigurationError(
        `${source}: there is no key "${name}"; known keys are ${Object.keys(base).join(', ')}.`,
      );
    }
    merged[key] = merge(base[key], value, source, name);
  }
  return merged;
}

/** Keys that presets leave out; what checks a whole configuration knows them. */
const OPEN_KEYS = /^(model\..+|training\.augmentation\..+)$/;

function firstIssue(error: z.ZodError, value: unknown): string {
  const issue = error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return `there is no key "${[...path, issue.keys[0]].join('.')}".`;
  }
  const found = path.reduce<unknown>(
    (inner, key) => (isObject(inner) || Array.isArray(inner) ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
  return `"${path.join('.')}" is ${JSON.stringify(found)}: ${issue.message}.`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
