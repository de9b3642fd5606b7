import { describe, expect, it } from 'vitest';
import { pixelStatistics, type RawImage } from './statistics.js';
import { goldenImages, seededRandom } from './testing/golden-images.js';

describe('pixelStatistics', () => {
  it.each(goldenImages())('agrees with sorting all color values: $name', ({ image }) => {
    expect(pixelStatistics(image)).toEqual(bySorting(image));
  });

  it('agrees with sorting for 200 random images of 1 to 8 pixels a side', () => {
    const random = seededRandom(7);
    const whole = (limit: number) => Math.floor(random() * limit);
    for (let round = 0; round < 200; round++) {
      const [width, height, channels] = [1 + whole(8), 1 + whole(8), (1 + whole(4)) as RawImage['channels']];
      const spread = 1 + whole(256);
      const data = Uint8ClampedArray.from({ length: width * height * channels }, () => whole(spread));
      const image = { data, width, height, channels };
      expect(pixelStatistics(image)).toEqual(bySorting(image));
    }
  });

  it('takes color channels together and leaves alpha out', () => {
    const rgba = Uint8Array.of(10, 20, 30, 255, 40, 50, 60, 0);
    expect(pixelStatistics({ data: rgba, width: 2, height: 1, channels: 4 })).toEqual({
      minimum: 10,
      maximum: 60,
      median: 30,
    });
    const grayAlpha = Uint8Array.of(100, 0, 110, 255, 120, 7);
    expect(pixelStatistics({ data: grayAlpha, width: 3, height: 1, channels: 2 })).toEqual({
      minimum: 100,
      maximum: 120,
      median: 110,
    });
  });

  it('reads a view into a larger buffer, and a Node Buffer', () => {
    const larger = Uint8Array.of(255, 255, 10, 20, 30, 255);
    expect(pixelStatistics({ data: larger.subarray(2, 5), width: 3, height: 1, channels: 1 }).maximum).toBe(30);
    expect(pixelStatistics({ data: Buffer.from([5, 6, 7]), width: 1, height: 1, channels: 3 }).median).toBe(6);
  });

  const image: RawImage = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 };
  it.each<[string, unknown, string]>([
    ['too few values', { ...image, width: 3 }, 'got Uint8Array of 12 values, width 3, height 2, channels 3.'],
    ['no pixels', { ...image, data: new Uint8Array(0), width: 0 }, 'width 0'],
    ['a fraction of a row', { ...image, height: 1.5 }, 'height 1.5'],
    ['no height', { data: image.data, width: 2, channels: 3 }, 'height undefined'],
    ['five channels', { data: new Uint8Array(20), width: 2, height: 2, channels: 5 }, 'channels 5'],
    ['ImageData, which has no channels', { ...image, channels: undefined }, 'channels undefined'],
    ['floats', { ...image, data: new Float32Array(12) }, 'got Float32Array'],
    ['a plain array', { ...image, data: new Array(12).fill(0) }, 'got Array'],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => pixelStatistics(wrong as RawImage)).toThrow(message);
  });
});

/** The definition, spelled out: take the color values, sort them, look at the ends and the middle. */
function bySorting({ data, channels }: RawImage) {
  const hasAlpha = channels === 2 || channels === 4;
  const colors = [...data].filter((_, index) => !(hasAlpha && index % channels === channels - 1));
  colors.sort((a, b) => a - b);
  return { minimum: colors[0], maximum: colors.at(-1), median: colors[Math.floor((colors.length - 1) / 2)] };
}
