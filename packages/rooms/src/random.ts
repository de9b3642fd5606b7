import { hash } from './numeric.js';

/** A stream of random numbers that a seed determines; the same on every machine. */
export class Random {
  private counter = 0;

  /** @param seed any integer; its low 32 bits count. */
  constructor(private readonly seed: number) {}

  /** In [0, 1). */
  unit(): number {
    return hash(this.counter++, 0x5bd1, 0, this.seed) / 4294967296;
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** An integer from low to high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.unit() * values.length)]!;
  }

  /** A stream of its own, which does not depend on how many numbers are drawn from this one later. */
  fork(): Random {
    return new Random(hash(this.counter++, 0x77, 1, this.seed));
  }
}
