/** Light on a grid of pixels, with what tells which neighbors share a surface. Three values per pixel each. */
export interface LightGrid {
  width: number;
  height: number;
  normal: Float64Array;
  position: Float64Array;
  /** Z-depth; 0 where nothing is. */
  depth: Float64Array;
}

const KERNEL = [1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16];

/**
 * Smooths light over each surface but not across edges: passes of a 5 × 5 filter with growing gaps (the "à trous" wavelet filter of
 * Dammertz et al., 2010), where a neighbor counts by how well its normal and its distance from the pixel's plane agree.
 *
 * @param light three values per pixel; not changed.
 * @returns a new array.
 */
export function smoothLight(grid: LightGrid, light: Float64Array, passes: number): Float64Array {
  let from = light;
  for (let pass = 0; pass < passes; pass++) from = filterOnce(grid, from, 1 << pass);
  return from;
}

function filterOnce({ width, height, normal, position, depth }: LightGrid, light: Float64Array, gap: number) {
  const out = new Float64Array(light.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = row * width + column;
      const at = pixel * 3;
      if (depth[pixel] === 0) continue;
      const nx = normal[at]!;
      const ny = normal[at + 1]!;
      const nz = normal[at + 2]!;
      const px = position[at]!;
      const py = position[at + 1]!;
      const pz = position[at + 2]!;
      const tolerance = 1 / (0.01 * depth[pixel]! + 0.004);
      let total = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let dy = -2; dy <= 2; dy++) {
        const otherRow = row + dy * gap;
        if (otherRow < 0 || otherRow >= height) continue;
        for (let dx = -2; dx <= 2; dx++) {
          const otherColumn = column + dx * gap;
          if (otherColumn < 0 || otherColumn >= width) continue;
          const other = otherRow * width + otherColumn;
          if (depth[other] === 0) continue;
          const from = other * 3;
          const agree = nx * normal[from]! + ny * normal[from + 1]! + nz * normal[from + 2]!;
          if (agree < 0.5) continue;
          const off =
            (nx * (position[from]! - px) + ny * (position[from + 1]! - py) + nz * (position[from + 2]! - pz)) *
            tolerance;
          const squared = agree * agree;
          const weight = (KERNEL[dy + 2]! * KERNEL[dx + 2]! * squared * squared * squared * squared) / (1 + off * off);
          total += weight;
          red += weight * light[from]!;
          green += weight * light[from + 1]!;
          blue += weight * light[from + 2]!;
        }
      }
      out[at] = red / total;
      out[at + 1] = green / total;
      out[at + 2] = blue / total;
    }
  }
  return out;
}
