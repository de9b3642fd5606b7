import { type ColormapName, colormaps, encodePng, INVALID_COLOR } from '@llm-mde/depth-maps';
import { type Html, html } from './html.js';

/** The largest width of pictures in a report, so that the page stays small. */
const LARGEST_WIDTH = 320;

/** The stride at which pictures of this width are shrunk. */
export function strideFor(width: number): number {
  return Math.ceil(width / LARGEST_WIDTH);
}

/** A photograph in fewer pixels: the mean of each block of `stride` by `stride`. */
export function shrinkImage(
  { data, width, height }: { data: ArrayLike<number>; width: number; height: number },
  stride: number,
): { data: Uint8Array; width: number; height: number } {
  const size = { width: Math.floor(width / stride), height: Math.floor(height / stride) };
  const result = new Uint8Array(size.width * size.height * 3);
  for (let index = 0; index < result.length; index++) {
    const column = Math.floor(index / 3) % size.width;
    const row = Math.floor(index / 3 / size.width);
    let sum = 0;
    for (let y = row * stride; y < (row + 1) * stride; y++) {
      for (let x = column * stride; x < (column + 1) * stride; x++) sum += data[3 * (y * width + x) + (index % 3)]!;
    }
    result[index] = Math.round(sum / stride ** 2);
  }
  return { data: result, ...size };
}

/** A depth map in fewer pixels: one of each block, because depths must not be mixed across an edge. */
export function shrinkMap(
  map: ArrayLike<number>,
  { width, height }: { width: number; height: number },
  stride: number,
): Float32Array {
  const columns = Math.floor(width / stride);
  const middle = Math.floor(stride / 2);
  return Float32Array.from(
    { length: columns * Math.floor(height / stride) },
    (_, pixel) => map[(Math.floor(pixel / columns) * stride + middle) * width + (pixel % columns) * stride + middle]!,
  );
}

/** RGB as a data URL. */
function pictureAddress(rgb: Uint8Array, size: { width: number; height: number }): string {
  return `data:image/png;base64,${Buffer.from(encodePng(rgb, size)).toString('base64')}`;
}

/** A legend of the colors, from left to right in metres. */
export function colorBar(colormap: ColormapName, [left, right]: readonly [number, number], reverse = false): Html {
  const table = colormaps[colormap];
  const stops = Array.from({ length: 17 }, (_, index) => {
    const entry = 3 * Math.round(((reverse ? 16 - index : index) / 16) * 255);
    return table.subarray(entry, entry + 3);
  });
  return legend(
    stops,
    [left, (left + right) / 2, right].map((metres) => `${Number(metres.toFixed(1))} m`),
  );
}

/** A legend of {@link colorizeErrors}. */
export function errorBar(limit: number): Html {
  const percent = Math.round(100 * limit);
  return legend(DIVERGING, [`−${percent} %`, '0', `+${percent} %`]);
}

function legend(stops: readonly ArrayLike<number>[], labels: readonly string[]): Html {
  const colors = stops.map((stop) => `rgb(${Array.from(stop).join()})`);
  return html`<div class="color-bar"><i style="background:linear-gradient(90deg,${colors.join()})"></i>${labels.map((label) => html`<span>${label}</span>`)}</div>`;
}

/** Blue, white, red: ColorBrewer's RdBu with five colors, which color-blind people can tell apart. */
const DIVERGING = [
  [5, 113, 176],
  [146, 197, 222],
  [247, 247, 247],
  [244, 165, 130],
  [202, 0, 32],
] as const;

/**
 * A picture of signed errors: blue below 0, white at 0, red above. What is not finite is gray.
 *
 * @param limit the error that gets the last color; larger ones get it too.
 * @returns RGB interleaved.
 */
export function colorizeErrors(errors: ArrayLike<number>, limit: number): Uint8Array {
  const picture = new Uint8Array(3 * errors.length);
  for (let pixel = 0; pixel < errors.length; pixel++) {
    const error = errors[pixel]!;
    picture.set(Number.isFinite(error) ? divergingColor(error / limit) : INVALID_COLOR, 3 * pixel);
  }
  return picture;
}

/** @param value from −1 to 1. */
function divergingColor(value: number): number[] {
  const place = (Math.min(1, Math.max(-1, value)) + 1) * 2;
  const before = Math.min(3, Math.floor(place));
  const [from, to] = [DIVERGING[before]!, DIVERGING[before + 1]!];
  return from.map((channel, index) => Math.round(channel + (to[index]! - channel) * (place - before)));
}

/** A picture in a report, with its title and what belongs below it. */
export function pictureOf(
  id: string,
  title: string,
  rgb: Uint8Array,
  size: { width: number; height: number },
  below: Html | false = false,
): Html {
  return captioned(id, title, pictureAddress(rgb, size), size, below);
}

/** As {@link pictureOf}, of a picture that has an address. */
export function captioned(
  id: string,
  title: string,
  address: string,
  size: { width: number; height: number },
  below: Html | false = false,
): Html {
  return html`<div><img src="${address}" width="${size.width}" height="${size.height}" alt="${title} of ${id}"><span>${title}</span>${below}</div>`;
}

/** The nearest and the farthest depth, without outliers. */
export function depthRange(truth: Float32Array, valid: Uint8Array): [number, number] {
  const depths = truth.filter((_, pixel) => valid[pixel]);
  if (depths.length === 0) return [0, 10];
  const [near, far] = [percentile(depths, 0.01), percentile(depths, 0.99)];
  return [Math.floor(near * 10) / 10, Math.ceil(far * 10) / 10 + (near === far ? 0.1 : 0)];
}

/** @param values is sorted in place. */
export function percentile(values: Float32Array, share: number): number {
  return values.sort()[Math.floor(share * (values.length - 1))] ?? 0;
}
