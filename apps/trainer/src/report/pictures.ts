import { type ColormapName, colormaps, encodePng } from '@llm-mde/depth-maps';
import { type Html, html } from './html.js';

/** Pictures in a report are no wider than this, so that the page stays small. */
const LARGEST_WIDTH = 320;

/** Every n-th pixel that a picture of this width keeps. */
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

/** A depth map in fewer pixels: one of each block, for depths must not be mixed across an edge. */
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

/** RGB as the address of an image that lies in the page. */
export function pictureAddress(rgb: Uint8Array, size: { width: number; height: number }): string {
  return `data:image/png;base64,${Buffer.from(encodePng(rgb, size)).toString('base64')}`;
}

/** Which color stands for how many metres, from left to right. */
export function colorBar(colormap: ColormapName, [left, right]: readonly [number, number], reverse = false): Html {
  const table = colormaps[colormap];
  const stops = Array.from({ length: 17 }, (_, index) => {
    const entry = 3 * Math.round(((reverse ? 16 - index : index) / 16) * 255);
    return `rgb(${table.subarray(entry, entry + 3).join()})`;
  });
  const label = (metres: number) => `${Number(metres.toFixed(1))} m`;
  return html`<div class="color-bar"><i style="background:linear-gradient(90deg,${stops.join()})"></i><span>${label(left)}</span><span>${label((left + right) / 2)}</span><span>${label(right)}</span></div>`;
}
