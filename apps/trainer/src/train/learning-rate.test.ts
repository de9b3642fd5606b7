import { describe, expect, it } from 'vitest';
import { learningRateAt } from './learning-rate.js';

describe('learningRateAt', () => {
  const schedule = { learningRate: 0.1, minLearningRate: 0.01, warmupSteps: 4, totalSteps: 104 };

  it('rises linearly, then falls along half a cosine', () => {
    expect([0, 1, 3].map((step) => learningRateAt(step, schedule))).toEqual([0.025, 0.05, 0.1]);
    expect(learningRateAt(4, schedule)).toBeCloseTo(0.1, 10);
    expect(learningRateAt(54, schedule)).toBeCloseTo(0.055, 10);
    expect(learningRateAt(104, schedule)).toBeCloseTo(0.01, 10);
  });
});
