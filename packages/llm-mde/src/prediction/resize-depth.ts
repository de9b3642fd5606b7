/**
 * Bilinear interpolation of a depth map, as PyTorch's `interpolate(mode='bilinear', align_corners=False)`, on plain arrays.
 *
 * @param depth Row by row, `rows · columns` values.
 * @returns `height · width` values.
 */
export function resizeDepth(
  depth: Float32Array,
  rows: number,
  columns: number,
  height: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const vertical = positions(rows, height);
  const horizontal = positions(columns, width);
  const resized = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const above = vertical.first[y]! * columns;
    const below = vertical.second[y]! * columns;
    const fromBelow = vertical.share[y]!;
    for (let x = 0; x < width; x++) {
      const left = horizontal.first[x]!;
      const right = horizontal.second[x]!;
      const fromRight = horizontal.share[x]!;
      const upper = depth[above + left]! * (1 - fromRight) + depth[above + right]! * fromRight;
      const lower = depth[below + left]! * (1 - fromRight) + depth[below + right]! * fromRight;
      resized[y * width + x] = upper * (1 - fromBelow) + lower * fromBelow;
    }
  }
  return resized;
}

/** For each place along a new axis the two old ones beside it, and the second one's share. */
function positions(size: number, newSize: number) {
  const first = new Int32Array(newSize);
  const second = new Int32Array(newSize);
  const share = new Float64Array(newSize);
  for (let index = 0; index < newSize; index++) {
    const position = Math.min(Math.max(((index + 0.5) * size) / newSize - 0.5, 0), size - 1);
    first[index] = Math.floor(position);
    second[index] = Math.min(first[index]! + 1, size - 1);
    share[index] = position - first[index]!;
  }
  return { first, second, share };
}
