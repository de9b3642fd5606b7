import { type FileSource, PretrainedError, readJson } from '@llm-mde/checkpoints';

/**
 * - `metre`: depth in metres
 * - `relative`: inverse depth (disparity) up to an unknown scale and shift: near is large
 */
export type DepthUnit = 'metre' | 'relative';

/** What a model's files say of it. */
export interface ModelFacts {
  unit: DepthUnit;
  /** The largest depth that it gives, in metres, where it gives metres and says so. */
  maximumDepth?: number;
  /** By its model card, such as `apache-2.0`; undefined if it has none, or the card does not say. */
  license?: string;
}

/**
 * Reads what `config.json` and the model card (`README.md`) say.
 *
 * @throws {PretrainedError} if `config.json` is missing, not JSON or of no depth model.
 */
export async function readModelFacts(files: FileSource): Promise<ModelFacts> {
  const config = Object(await readJson(files, 'config.json')) as Record<string, unknown>;
  const unit = unitOf(config, files.name);
  const card = await files.read('README.md');
  const license = card && licenseOf(new TextDecoder().decode(card));
  const { max_depth: maximum } = config;
  return {
    unit,
    ...(unit === 'metre' && typeof maximum === 'number' && maximum > 0 && { maximumDepth: maximum }),
    ...(license !== undefined && { license }),
  };
}

function unitOf({ depth_estimation_type: type, model_type: family }: Record<string, unknown>, name: string): DepthUnit {
  // Its head multiplies by its maximum depth; the type came later.
  if (type === undefined || type === null) return family === 'glpn' ? 'metre' : 'relative';
  if (type === 'metric') return 'metre';
  if (type === 'relative') return 'relative';
  throw new PretrainedError(
    `config.json of ${name} has the depth_estimation_type ${JSON.stringify(type)}: "relative" and "metric" are known.`,
  );
}

/** The license in the front matter of a model card. */
function licenseOf(card: string): string | undefined {
  const [, front] = /^\uFEFF?---\r?\n(.*?)\r?\n---/s.exec(card) ?? [];
  const value = (key: string) =>
    front === undefined
      ? undefined
      : // On the key's line, or the first item of a list below it.
        new RegExp(
          `^${key}:[ \\t]*(?:\\r?\\n[ \\t]*-)?[ \\t]*["']?([\\w][^"'#\\r\\n]*?)["']?[ \\t]*(?:#.*)?$`,
          'm',
        ).exec(front)?.[1];
  const license = value('license');
  return license === 'other' ? (value('license_name') ?? 'other') : license;
}
