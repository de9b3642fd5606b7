/** A distance, with as many digits as it deserves. */
export interface DistanceText {
  /** Such as `2.4 m`. */
  value: string;
  /** Such as `± 0.7 m`; undefined where the error is not known. */
  interval: string | undefined;
}

/**
 * A distance as text: with a known error, to the last digit of that; otherwise with two digits.
 *
 * @param error In metres; undefined if it is not known.
 */
export function distanceText(metres: number, error?: number): DistanceText {
  if (!error) return { value: `${metres.toFixed(decimalsOf(metres, 2))} m`, interval: undefined };
  // One digit of an error says enough, or two if the first is 1.
  const decimals = decimalsOf(error, error.toExponential().startsWith('1') ? 2 : 1);
  return { value: `${metres.toFixed(decimals)} m`, interval: `± ${error.toFixed(decimals)} m` };
}

/** How many decimals show so many digits of a number; three at most, which are millimetres. */
function decimalsOf(value: number, digits: number): number {
  const power = value > 0 ? Math.floor(Math.log10(value)) : 0;
  return Math.min(3, Math.max(0, digits - 1 - power));
}
