import type { DeviceName } from '@llm-mde/backend';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PresetName } from 'llm-mde';

/** Written here, because importing `@llm-mde/backend` loads TensorFlow.js. */
const DEVICE_NAMES = ['cuda', 'webgpu', 'cpu', 'native', 'wasm'] as const satisfies readonly DeviceName[];

/** `--device`, the same for every command. */
export function deviceOption(): Option {
  return new Option('--device <name>', 'the device to compute on; LLM_MDE_DEVICE takes precedence')
    .choices(['auto', ...DEVICE_NAMES])
    .default('auto');
}

/** `--depth-scale` and `--depth-encoding`: how the depth maps of a folder are stored. */
export function depthMapOptions(command: Command): Command {
  return command
    .option(
      '--depth-scale <metres>',
      'images and depth maps: metres per unit, such as 0.0002 (default: 0.001 in PNG)',
      metres,
    )
    .addOption(
      new Option('--depth-encoding <name>', "PNG depth maps: sun-rgbd for SUN RGB-D's rotated bits").choices([
        'plain',
        'sun-rgbd',
      ]),
    );
}

function metres(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError('Must be a number above 0.');
  return number;
}

/** For an option that can be repeated. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('Must be a non-negative integer.');
  return number;
}

export function positiveNumber(value: string): number {
  const number = wholeNumber(value);
  if (number === 0) throw new InvalidArgumentError('Must be a positive integer.');
  return number;
}

/** Written here, because importing them from `config/presets.ts` loads TensorFlow.js. */
export const PRESETS = ['tiny', 'small', 'paper'] as const satisfies readonly PresetName[];
