/**
 * What a value of the sensor means, in metres: 351.3 / (1092.5 - value), at most 10; 0 where that is negative
 * (`depth_rel2depth_abs` of the data set's toolbox).
 */
export function disparityToDepth(value: number): number {
  const metres = 351.3 / (1092.5 - value);
  return metres < 0 ? 0 : Math.min(metres, GREATEST_DEPTH);
}

/** Metres. The toolbox's `maxDepth`. */
const GREATEST_DEPTH = 10;
