import { QuantizeError } from './error.js';
import { MODES, type Mode, type QuantizeOptions } from './modes.js';

export const CONFIG_FILE = 'quantize_config.json';

/**
 * What is written to `quantize_config.json`, in the form of transformers.js: how the files of a folder were made. Modes of an earlier call stay in it.
 * @throws {QuantizeError} if those were made with other settings.
 */
export async function quantizeConfig(
  path: string,
  modes: readonly Mode[],
  options: QuantizeOptions,
  overwrite: boolean,
): Promise<string> {
  const settings = {
    per_channel: options.perChannel ?? false,
    reduce_range: options.reduceRange ?? false,
    block_size: options.blockSize ?? 32,
    is_symmetric: true,
    accuracy_level: options.accuracyLevel ?? null,
    quant_type: 'NF4',
    op_block_list: options.exclude ?? [],
  };
  const before = await readConfig(path);
  const others = ((before?.modes as string[] | undefined) ?? []).filter((mode) => !(modes as string[]).includes(mode));
  const different = Object.entries(settings).filter(
    ([key, value]) => before && JSON.stringify(before[key]) !== JSON.stringify(value),
  );
  if (others.length > 0 && different.length > 0 && !overwrite) {
    throw new QuantizeError(
      `${path} says that ${others.join(', ')} were made with another ${different.map(([key]) => key).join(', ')}: choose another output, or replace the settings with overwrite (--overwrite).`,
    );
  }
  const all = [...MODES.filter((mode) => others.includes(mode) || modes.includes(mode))];
  return `${JSON.stringify({ modes: all, ...settings }, undefined, 2)}\n`;
}

async function readConfig(path: string): Promise<Record<string, unknown> | undefined> {
  const { readFile } = await import('node:fs/promises');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new QuantizeError(`${path} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QuantizeError(`${path} is not valid JSON: ${(error as Error).message}.`);
  }
}
