import { type ColourMapName, colourMaps } from './colour-maps.js';
import { checkSize, isDepth, type Size } from './size.js';

export interface ColourDepthOptions extends Size {
  /** Depth that gets the map's last colour, in metres; what is nearer gets it too. @default the least depth there is */
  minDepth?: number;
  /** Depth that gets the map's first colour, in metres; what is farther gets it too. @default the greatest depth there is */
  maxDepth?: number;
  /** @default 'turbo' */
  colourMap?: ColourMapName;
}

export interface ColourValuesOptions extends Size {
  /** Value that gets the map's first colour. @default 0 */
  minimum?: number;
  /** Value that gets the map's last colour. @default the largest value there is */
  maximum?: number;
  /** @default 'magma' */
  colourMap?: ColourMapName;
}

/** The colour of holes: a grey that stands out from every map. */
export const HOLE_COLOUR = [128, 128, 128] as const;

/**
 * A picture of a depth map: near is the map's bright or warm end, far its dark or cold one, holes are grey.
 *
 * @param depth metres, `height * width` values; 0, negative values, NaN and infinities are holes.
 * @returns RGB interleaved, `height * width * 3` values.
 * @throws RangeError if size or range make no sense.
 */
export function colourDepth(
  depth: ArrayLike<number>,
  { width, height, minDepth, maxDepth, colourMap = 'turbo' }: ColourDepthOptions,
): Uint8Array<ArrayBuffer> {
  checkSize('The depth map', depth, { width, height });
  const [least, greatest] = extent(depth, isDepth);
  return colour(depth, isDepth, { from: maxDepth ?? greatest, to: minDepth ?? least, colourMap });
}

/**
 * A picture of any other values of a depth map's pixels, such as errors: small is the map's first colour. NaN and infinities are
 * holes, in grey.
 *
 * @returns RGB interleaved, `height * width * 3` values.
 * @throws RangeError if size or range make no sense.
 */
export function colourValues(
  values: ArrayLike<number>,
  { width, height, minimum = 0, maximum, colourMap = 'magma' }: ColourValuesOptions,
): Uint8Array<ArrayBuffer> {
  checkSize('The picture', values, { width, height });
  const [, largest] = extent(values, Number.isFinite);
  return colour(values, Number.isFinite, { from: minimum, to: maximum ?? largest, colourMap });
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

function colour(
  values: ArrayLike<number>,
  counts: (value: number) => boolean,
  { from, to, colourMap }: { from: number; to: number; colourMap: ColourMapName },
): Uint8Array<ArrayBuffer> {
  const table = colourMaps[colourMap];
  if (!table)
    throw new RangeError(`There is no colour map "${colourMap}"; there are ${Object.keys(colourMaps).join(', ')}.`);
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    throw new RangeError(`The range of colours must be of finite numbers, got ${from} and ${to}.`);
  }
  const picture = new Uint8Array(3 * values.length);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const value = values[pixel]!;
    if (!counts(value)) {
      picture.set(HOLE_COLOUR, 3 * pixel);
      continue;
    }
    const share = from === to ? 0.5 : Math.min(1, Math.max(0, (value - from) / (to - from)));
    const entry = 3 * Math.round(share * 255);
    for (let channel = 0; channel < 3; channel++) picture[3 * pixel + channel] = table[entry + channel]!;
  }
  return picture;
}
