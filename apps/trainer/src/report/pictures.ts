import { type ColormapName, colormaps, encodePng } from '@llm-mde/depth-maps';
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
export function pictureAddress(rgb: Uint8Array, size: { width: number; height: number }): string {
  return `data:image/png;base64,${Buffer.from(encodePng(rgb, size)).toString('base64')}`;
}

/** A legend of the colors, from left to right in metres. */
export function colorBar(colormap: ColormapName, [left, right]: readonly [number, number], reverse = false): Html {
  const table = colormaps[colormap];
  const stops = Array.from({ length: 17 }, (_, index) => {
    const entry = 3 * Math.round(((reverse ? 16 - index : index) / 16) * 255);
    return `rgb(${table.subarray(entry, entry + 3).join()})`;
  });
  const label = (metres: number) => `${Number(metres.toFixed(1))} m`;
  return html`<div class="color-bar"><i style="background:linear-gradient(90deg,${stops.join()})"></i><span>${label(left)}</span><span>${label((left + right) / 2)}</span><span>${label(right)}</span></div>`;
}

/** A picture in a report, with its title and what belongs below it. */
export function pictureOf(
  id: string,
  title: string,
  rgb: Uint8Array,
  size: { width: number; height: number },
  below: Html | false = false,
): Html {
  return html`<div><img src="${pictureAddress(rgb, size)}" width="${size.width}" height="${size.height}" alt="${title} of ${id}"><span>${title}</span>${below}</div>`;
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
