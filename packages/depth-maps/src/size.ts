/** The size of a depth map or picture; its values lie row by row from the top left. */
export interface Size {
  /** Pixels in a row. */
  width: number;
  /** Rows. */
  height: number;
}

/** Refuses a size that the array does not have. */
export function checkSize(name: string, array: ArrayLike<number>, { width, height }: Size, channels = 1): void {
  for (const [what, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`The ${what} must be an integer from 1, got ${size}.`);
    }
  }
  if (array.length !== width * height * channels) {
    const of = channels === 1 ? '' : ` with ${channels} channels`;
    throw new RangeError(
      `${name} has ${array.length} values, but an image of ${width} by ${height} pixels${of} has ${width * height * channels}.`,
    );
  }
}

/** Whether a value is a depth, and not missing: 0, a negative value, NaN or infinity. */
export function isDepth(value: number): boolean {
  return value > 0 && value < Number.POSITIVE_INFINITY;
}
