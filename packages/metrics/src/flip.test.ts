import { describe, expect, it } from 'vitest';
import { averageWithFlipped, flipHorizontally } from './flip.js';
import { randomDepths } from './testing/depth-pair.js';

describe('flipHorizontally', () => {
  it('mirrors rows and keeps channels together', () => {
    expect([...flipHorizontally(Float32Array.of(1, 2, 3, 4, 5, 6), { width: 3, height: 2 })]).toEqual([
      3, 2, 1, 6, 5, 4,
    ]);
    const image = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(flipHorizontally(image, { width: 2, height: 1, channels: 3 })).toEqual(Uint8Array.of(4, 5, 6, 1, 2, 3));
    expect([...image]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is its own inverse', () => {
    const size = { width: 7, height: 5 };
    const depths = randomDepths(1, 35);
    expect(flipHorizontally(flipHorizontally(depths, size), size)).toEqual(depths);
  });

  it('refuses a size that does not fit', () => {
    expect(() => flipHorizontally(new Float32Array(6), { width: 2, height: 2 })).toThrow(
      'has 6 values, but an image of',
    );
  });
});

describe('averageWithFlipped', () => {
  it('averages with the mirrored-back prediction', () => {
    const average = averageWithFlipped(Float32Array.of(1, 2, 3), Float32Array.of(5, 4, 1), { width: 3, height: 1 });
    expect([...average]).toEqual([1, 3, 4]);
  });

  it('changes nothing for a model that treats both alike', () => {
    const size = { width: 4, height: 3 };
    const depths = Float32Array.from(randomDepths(2, 12));
    expect(averageWithFlipped(depths, flipHorizontally(depths, size), size)).toEqual(depths);
  });
});
