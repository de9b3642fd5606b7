import { describe, expect, it } from 'vitest';
import { colourDepth, colourValues, HOLE_COLOUR } from './colour-depth.js';
import { type ColourMapName, colourMaps } from './colour-maps.js';
import { goldens } from './testing/goldens.js';

const size = { width: 5, height: 1 };
const first = [...colourMaps.viridis.subarray(0, 3)];
const last = [...colourMaps.viridis.subarray(-3)];

describe('colourMaps', () => {
  it.each(['turbo', 'viridis', 'magma'] as const)("%s is within 4 of 255 of Matplotlib's", (name) => {
    const differences = colourMaps[name].map((value, index) => Math.abs(value - goldens.colourMaps[name][index]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(4);
  });
});

describe('colourDepth', () => {
  it('gives the near end the last colour, the far end the first, and holes grey', () => {
    const picture = colourDepth([1, 3, 0, Number.NaN, 5], { ...size, colourMap: 'viridis' });
    expect(pixels(picture)).toEqual([
      last,
      [...colourMaps.viridis.subarray(3 * 128, 3 * 129)],
      [...HOLE_COLOUR],
      [...HOLE_COLOUR],
      first,
    ]);
  });

  it('keeps to the range it is given', () => {
    const picture = colourDepth([0.1, 1, 9, 10, 20], { ...size, minDepth: 1, maxDepth: 10, colourMap: 'viridis' });
    const [nearest, one, , ten, farthest] = pixels(picture);
    expect([nearest, one, ten, farthest]).toEqual([last, last, first, first]);
  });

  it('takes a flat map and one of holes only', () => {
    expect(new Set(pixels(colourDepth([2, 2, 2, 2, 2], size)).map(String)).size).toBe(1);
    expect(pixels(colourDepth([0, 0, 0, 0, 0], size))).toEqual(Array(5).fill([...HOLE_COLOUR]));
  });

  it('refuses a map it does not have', () => {
    const colourMap = 'jet' as ColourMapName;
    expect(() => colourDepth([1], { width: 1, height: 1, colourMap })).toThrow(
      'There is no colour map "jet"; there are turbo, viridis, magma, grey.',
    );
  });
});

describe('colourValues', () => {
  it('begins with the first colour at 0, which is a value', () => {
    const picture = colourValues([0, 2, 4, 9, Number.NaN], { ...size, maximum: 4, colourMap: 'viridis' });
    const [zero, , four, nine, hole] = pixels(picture);
    expect([zero, four, nine, hole]).toEqual([first, last, last, [...HOLE_COLOUR]]);
  });
});

function pixels(picture: Uint8Array): number[][] {
  return Array.from({ length: picture.length / 3 }, (_, pixel) => [...picture.subarray(3 * pixel, 3 * pixel + 3)]);
}
