import type { DeviceName } from '@llm-mde/backend';
import type { Intrinsics } from '@llm-mde/depth-maps';
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

/** `--precision`, for commands that predict. */
export function precisionOption(): Option {
  return new Option(
    '--precision <name>',
    'int8: faster on the processor, for depth that differs by about a percent; see llm-mde quantize',
  ).choices(['float32', 'int8']);
}

/** `--queue`, for commands whose work others can do. */
export function queueOption(): Option {
  return new Option(
    '--queue <address>',
    'let llm-mde worker processes on any machines do it, by a queue in Redis: redis://[:password@]host:port[/database]',
  );
}

/** `--depth-scale`, `--depth-encoding` and `--invalid`: how the depth maps of a folder are stored. */
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
    )
    .option(
      '--invalid <values>',
      'depth maps: stored values that mean missing depth (default: 65535 in PNG)',
      parseValues,
    );
}

/** These, and `--intrinsics`: how a folder of images and depth maps is read. */
export function layoutOptions(command: Command): Command {
  return depthMapOptions(command).option(
    '--intrinsics <fx,fy,cx,cy>',
    'images and depth maps: the camera of all images, in pixels, or the file beside them that states it',
    parseCamera,
  );
}

function parseValues(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every(Number.isFinite)) throw new InvalidArgumentError('Must be numbers, such as 0,65535.');
  return values;
}

function parseCamera(text: string): [number, number, number, number] | string {
  if (!/^[\d.,\s-]+$/.test(text)) return text;
  const { fx, fy, cx, cy } = parseIntrinsics(text);
  return [fx, fy, cx, cy];
}

/** `--intrinsics` and `--fov`: what is known of the camera. */
export function cameraOptions(command: Command): Command {
  return command
    .option(
      '--intrinsics <fx,fy,cx,cy>',
      'the camera in pixels: for points in space, and for models that know their camera',
      parseIntrinsics,
    )
    .option(
      '--fov <degrees>',
      "the camera's field of view along the longer side, as --intrinsics (default: by EXIF data, or assumed)",
      parseFieldOfView,
    );
}

function parseIntrinsics(text: string): Intrinsics {
  const values = text.split(',').map(Number);
  const [fx, fy, cx, cy] = values;
  if (values.length !== 4 || !values.every(Number.isFinite) || !(fx! > 0 && fy! > 0)) {
    throw new InvalidArgumentError('Must be fx,fy,cx,cy in pixels, such as 518.9,519.5,324.6,252.7.');
  }
  return { fx: fx!, fy: fy!, cx: cx!, cy: cy! };
}

function parseFieldOfView(text: string): number {
  const degrees = Number(text);
  if (!(degrees > 0 && degrees < 180)) throw new InvalidArgumentError('Must be an angle between 0 and 180 degrees.');
  return degrees;
}

export function metres(text: string): number {
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

export function port(value: string): number {
  const number = wholeNumber(value);
  if (number < 1 || number > 65_535) throw new InvalidArgumentError('Must be a port from 1 to 65535.');
  return number;
}

/** Written here, because importing them from `config/presets.ts` loads TensorFlow.js. */
export const PRESETS = ['tiny', 'small', 'paper'] as const satisfies readonly PresetName[];
