import type { DepthMap, RgbImage } from '@llm-mde/rgbd';
import { type SparseMatrix, solveSparse } from './solve-sparse.js';

/**
 * Fills the missing values of a depth map by colorization (Levin, Lischinski and Weiss 2004), as the labeled file's `depths` were made: a pixel's
 * depth is the weighted mean of its neighbors', with more weight to those of like brightness; measured pixels keep theirs.
 *
 * Window 3 by 3, cut off at the borders. Weight of neighbor n for pixel c: exp(-(g_n - g_c)² / s), normalized to sum 1, with gray g from
 * 0 to 1 and s = 0.6 times the window's variance, at least -min(g_n - g_c)² / ln(0.01) and at least 2e-6 (`fill_depth_colorization` of the
 * data set's toolbox). For each pixel d_c - Σ w_n d_n = 0; measured pixels add their own depth on both sides.
 *
 * @param depth metres, 0 where nothing was measured.
 * @returns a new map; equal to the given one where that is above 0. A map without any measurement comes back as it is.
 */
export function fillDepthColorization(image: RgbImage, depth: DepthMap): DepthMap {
  const { width, height } = depth;
  const known = depth.data;
  const measured = known.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  if (measured === 0 || measured === known.length) return { ...depth, data: known.slice() };
  const matrix = colorizationMatrix(grayOf(image), known, width, height);
  const solution = solveSparse(matrix, Float64Array.from(known), startFromNeighbors(known, width, height));
  return { width, height, data: Float32Array.from(known, (value, index) => (value > 0 ? value : solution[index]!)) };
}

/** MATLAB's `rgb2gray`, from 0 to 1. */
function grayOf({ data }: RgbImage): Float64Array {
  const gray = new Float64Array(data.length / 3);
  for (let index = 0; index < gray.length; index++) {
    gray[index] = (0.2989 * data[3 * index]! + 0.587 * data[3 * index + 1]! + 0.114 * data[3 * index + 2]!) / 255;
  }
  return gray;
}

function colorizationMatrix(gray: Float64Array, known: Float32Array, width: number, height: number): SparseMatrix {
  const size = width * height;
  const rowStarts = new Int32Array(size + 1);
  const columns = new Int32Array(9 * size);
  const values = new Float64Array(9 * size);
  let end = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const center = row * width + column;
      const first = end;
      let [count, sum, squares, smallest] = [0, 0, 0, Number.POSITIVE_INFINITY];
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          const neighbor = y * width + x;
          columns[end++] = neighbor;
          if (neighbor === center) continue;
          const difference = gray[neighbor]! - gray[center]!;
          count++;
          sum += difference;
          squares += difference ** 2;
          smallest = Math.min(smallest, difference ** 2);
        }
      }
      // The center's own difference is 0, so it counts in the mean and adds nothing to the sums.
      const variance = squares / (count + 1) - (sum / (count + 1)) ** 2;
      const spread = Math.max(0.6 * variance, -smallest / Math.log(0.01), 2e-6);
      let total = 0;
      for (let at = first; at < end; at++) {
        if (columns[at] === center) continue;
        values[at] = Math.exp(-((gray[columns[at]!]! - gray[center]!) ** 2) / spread);
        total += values[at]!;
      }
      for (let at = first; at < end; at++) {
        if (columns[at] === center) values[at] = known[center]! > 0 ? 2 : 1;
        else values[at]! /= -total;
      }
      rowStarts[center + 1] = end;
    }
  }
  return { rowStarts, columns, values, size };
}

/** The nearest measurement, in rings around the measured pixels: a good first guess saves most of the solver's steps. */
function startFromNeighbors(known: Float32Array, width: number, height: number): Float64Array {
  const start = Float64Array.from(known);
  let ring = new Int32Array(known.length);
  let count = 0;
  for (let index = 0; index < known.length; index++) if (known[index]! > 0) ring[count++] = index;
  ring = ring.slice(0, count);
  while (ring.length > 0) {
    const next: number[] = [];
    for (const index of ring) {
      const column = index % width;
      const row = (index - column) / width;
      const reach = (neighbor: number) => {
        if (start[neighbor] !== 0) return;
        start[neighbor] = start[index]!;
        next.push(neighbor);
      };
      if (column > 0) reach(index - 1);
      if (column < width - 1) reach(index + 1);
      if (row > 0) reach(index - width);
      if (row < height - 1) reach(index + width);
    }
    ring = Int32Array.from(next);
  }
  return start;
}
