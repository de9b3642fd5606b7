import { describe, expect, it } from 'vitest';
import { applyColormap, colorizeDepth, INVALID_COLOR } from './colorize-depth.js';
import { type ColormapName, colormaps } from './colormaps.js';
import { goldens } from './testing/goldens.js';

const size = { width: 5, height: 1 };
const first = [...colormaps.viridis.subarray(0, 3)];
const last = [...colormaps.viridis.subarray(-3)];

describe('colormaps', () => {
  it.each(['turbo', 'viridis', 'magma'] as const)("%s is within 4 of 255 of Matplotlib's", (name) => {
    const differences = colormaps[name].map((value, index) => Math.abs(value - goldens.colormaps[name][index]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(4);
  });
});

describe('colorizeDepth', () => {
  it('gives the near end the last color, the far end the first, and missing depth gray', () => {
    const picture = colorizeDepth([1, 3, 0, Number.NaN, 5], { ...size, colormap: 'viridis' });
    expect(pixels(picture)).toEqual([
      last,
      [...colormaps.viridis.subarray(3 * 128, 3 * 129)],
      [...INVALID_COLOR],
      [...INVALID_COLOR],
      first,
    ]);
  });

  it('keeps to the range it is given', () => {
    const picture = colorizeDepth([0.1, 1, 9, 10, 20], { ...size, minDepth: 1, maxDepth: 10, colormap: 'viridis' });
    const [nearest, one, , ten, farthest] = pixels(picture);
    expect([nearest, one, ten, farthest]).toEqual([last, last, first, first]);
  });

  it('takes a flat map and one of missing depth only', () => {
    expect(new Set(pixels(colorizeDepth([2, 2, 2, 2, 2], size)).map(String)).size).toBe(1);
    expect(pixels(colorizeDepth([0, 0, 0, 0, 0], size))).toEqual(Array(5).fill([...INVALID_COLOR]));
  });

  it('rejects a map it does not have', () => {
    const colormap = 'jet' as ColormapName;
    expect(() => colorizeDepth([1], { width: 1, height: 1, colormap })).toThrow(
      'There is no colormap "jet"; there are turbo, viridis, magma, gray.',
    );
  });
});

describe('applyColormap', () => {
  it('begins with the first color at 0, which is a value', () => {
    const picture = applyColormap([0, 2, 4, 9, Number.NaN], { ...size, maximum: 4, colormap: 'viridis' });
    const [zero, , four, nine, missing] = pixels(picture);
    expect([zero, four, nine, missing]).toEqual([first, last, last, [...INVALID_COLOR]]);
  });
});

function pixels(picture: Uint8Array): number[][] {
  return Array.from({ length: picture.length / 3 }, (_, pixel) => [...picture.subarray(3 * pixel, 3 * pixel + 3)]);
}
