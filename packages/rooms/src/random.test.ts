import { describe, expect, it } from 'vitest';
import { Random } from './random.js';

describe('Random', () => {
  it('repeats for a seed and differs for another', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.unit()
        )(new Random(seed)),
      );
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });

  it('stays in range', () => {
    const random = new Random(1);
    const met = new Set<number>();
    for (let round = 0; round < 300; round++) {
      met.add(random.integer(2, 5));
      const value = random.between(-1, 3);
      expect(value >= -1 && value < 3).toBe(true);
    }
    expect([...met].sort()).toEqual([2, 3, 4, 5]);
  });

  it('forks streams that do not depend on what is drawn from them', () => {
    const one = new Random(9);
    const other = new Random(9);
    one.fork().unit();
    other.fork();
    expect(one.unit()).toBe(other.unit());
  });
});
