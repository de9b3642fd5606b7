import { DEVICE_NAMES } from '@llm-mde/backend';
import { InvalidArgumentError, Option } from 'commander';

/** `--device`, the same for every command. */
export function deviceOption(): Option {
  return new Option('--device <name>', 'where to compute; LLM_MDE_DEVICE takes precedence')
    .choices(['auto', ...DEVICE_NAMES])
    .default('auto');
}

/** For an option that can be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('It should be a whole number from 0.');
  return number;
}

export function positiveNumber(value: string): number {
  const number = wholeNumber(value);
  if (number === 0) throw new InvalidArgumentError('It should be a whole number from 1.');
  return number;
}
