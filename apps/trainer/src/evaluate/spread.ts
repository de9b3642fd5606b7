/** Mean and spread over seeds. */
export interface Figure {
  mean: number;
  /** Sample standard deviation; NaN with a single seed. */
  spread: number;
}

export function figureOf(values: readonly number[]): Figure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Number.NaN };
}
