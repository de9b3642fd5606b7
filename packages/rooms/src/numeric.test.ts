import { describe, expect, it } from 'vitest';
import { cosine, hash, hashText, hashUnit, noise2, sine, smoothStep, turnOf } from './numeric.js';

describe('numeric', () => {
  it('has sine and cosine to 1e-8', () => {
    for (let x = -20; x < 20; x += 0.0371) {
      expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(1e-8);
      expect(Math.abs(cosine(x) - Math.cos(x))).toBeLessThan(1e-8);
    }
  });

  it('has the share of a turn to 2e-3, in all four quarterTurns', () => {
    for (let angle = 0.001; angle < 6.283; angle += 0.01) {
      expect(Math.abs(turnOf(Math.sin(angle), Math.cos(angle)) - angle / (2 * Math.PI))).toBeLessThan(2e-3);
    }
  });

  it('hashes to the same numbers everywhere, and evenly', () => {
    expect([hash(0), hash(1, 2, 3, 4), hash(-7), hashText('kitchen')]).toMatchInlineSnapshot(`
      [
        0,
        1400780410,
        3395907499,
        3332919154,
      ]
    `);
    const mean =
      Array.from({ length: 4000 }, (_, index) => hashUnit(index)).reduce((sum, value) => sum + value, 0) / 4000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  });

  it('has noise that is continuous and stays in [0, 1]', () => {
    for (let x = -3; x < 3; x += 0.05) {
      const value = noise2(x, 1.7, 5);
      expect(value >= 0 && value <= 1).toBe(true);
      expect(Math.abs(noise2(x + 1e-6, 1.7, 5) - value)).toBeLessThan(1e-4);
    }
    expect(noise2(0.3, 0.4, 1)).not.toBe(noise2(0.3, 0.4, 2));
  });

  it('has a smooth step', () => {
    expect([-1, 0, 0.5, 1, 2].map((x) => smoothStep(0, 1, x))).toEqual([0, 0, 0.5, 1, 1]);
  });
});
