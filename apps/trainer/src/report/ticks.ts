/** Round numbers that divide a range into about `count` parts, the first and last being within it. */
export function linearTicks(minimum: number, maximum: number, count: number): number[] {
  const step = roundStep((maximum - minimum) / count);
  const first = Math.ceil(minimum / step - 1e-9);
  const last = Math.floor(maximum / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Powers of ten within a range, with twice and five times each where the range has fewer than three of them. */
export function logarithmicTicks(minimum: number, maximum: number): number[] {
  const exponents = Array.from(
    { length: Math.ceil(Math.log10(maximum)) - Math.floor(Math.log10(minimum)) + 1 },
    (_, index) => Math.floor(Math.log10(minimum)) + index,
  );
  const within = (factors: number[]) =>
    exponents
      .flatMap((exponent) => factors.map((factor) => Number((factor * 10 ** exponent).toPrecision(12))))
      .filter((tick) => tick >= minimum * (1 - 1e-9) && tick <= maximum * (1 + 1e-9));
  const powers = within([1]);
  return powers.length >= 3 ? powers : within([1, 2, 5]);
}

/** 1, 2 or 5 times a power of ten, the nearest from above. */
export function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= step * (1 - 1e-9))!;
}
