import { type ColormapName, colormaps } from './colormaps.js';
import { checkSize, isDepth, type Size } from './size.js';

export interface ColorizeDepthOptions extends Size {
  /** Depth that gets the map's last color, in metres; what is nearer gets it too. @default the least depth there is */
  minDepth?: number;
  /** Depth that gets the map's first color, in metres; what is farther gets it too. @default the greatest depth there is */
  maxDepth?: number;
  /** @default 'turbo' */
  colormap?: ColormapName;
}

export interface ApplyColormapOptions extends Size {
  /** Value that gets the map's last color. @default the largest value there is */
  maximum?: number;
  /** @default 'magma' */
  colormap?: ColormapName;
}

/** The color of missing depth: a gray that stands out from every map. */
export const INVALID_COLOR = [128, 128, 128] as const;

/**
 * A picture of a depth map: near is the map's bright or warm end, far its dark or cold one, missing depth is gray.
 *
 * @param depth metres, `height * width` values; 0, negative values, NaN and infinities are missing depth.
 * @returns RGB interleaved, `height * width * 3` values.
 * @throws RangeError if size or range are invalid.
 */
export function colorizeDepth(
  depth: ArrayLike<number>,
  { width, height, minDepth, maxDepth, colormap = 'turbo' }: ColorizeDepthOptions,
): Uint8Array<ArrayBuffer> {
  checkSize('The depth map', depth, { width, height });
  const [least, greatest] = extent(depth, isDepth);
  return color(depth, isDepth, { from: maxDepth ?? greatest, to: minDepth ?? least, colormap });
}

/**
 * A picture of any other values of a depth map's pixels, such as errors: 0 is the map's first color. NaN and infinities are
 * gray.
 *
 * @returns RGB interleaved, `height * width * 3` values.
 * @throws RangeError if size or range are invalid.
 */
export function applyColormap(
  values: ArrayLike<number>,
  { width, height, maximum, colormap = 'magma' }: ApplyColormapOptions,
): Uint8Array<ArrayBuffer> {
  checkSize('The picture', values, { width, height });
  const [, largest] = extent(values, Number.isFinite);
  return color(values, Number.isFinite, { from: 0, to: maximum ?? largest, colormap });
}

function extent(values: ArrayLike<number>, counts: (value: number) => boolean): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!counts(value)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return greatest >= least ? [least, greatest] : [0, 0];
}

function color(
  values: ArrayLike<number>,
  counts: (value: number) => boolean,
  { from, to, colormap }: { from: number; to: number; colormap: ColormapName },
): Uint8Array<ArrayBuffer> {
  const table = colormaps[colormap];
  if (!table)
    throw new RangeError(`There is no colormap "${colormap}"; there are ${Object.keys(colormaps).join(', ')}.`);
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    throw new RangeError(`The range of colors must be of finite numbers, got ${from} and ${to}.`);
  }
  const picture = new Uint8Array(3 * values.length);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const value = values[pixel]!;
    if (!counts(value)) {
      picture.set(INVALID_COLOR, 3 * pixel);
      continue;
    }
    const share = from === to ? 0.5 : Math.min(1, Math.max(0, (value - from) / (to - from)));
    const entry = 3 * Math.round(share * 255);
    for (let channel = 0; channel < 3; channel++) picture[3 * pixel + channel] = table[entry + channel]!;
  }
  return picture;
}
