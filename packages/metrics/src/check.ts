/** Refuses arrays of different lengths. */
export function checkSameLength(arrays: Record<string, ArrayLike<number>>): void {
  const [first, ...others] = Object.entries(arrays);
  for (const [name, array] of others) {
    if (array.length !== first![1].length) {
      throw new RangeError(
        `${first![0]} has ${first![1].length} values but ${name} has ${array.length}: they must be of the same image size.`,
      );
    }
  }
}

/** Refuses a size that the array does not have. */
export function checkSize(name: string, array: ArrayLike<number>, width: number, height: number): void {
  for (const [what, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`The ${what} must be an integer from 1, got ${size}.`);
    }
  }
  if (array.length !== width * height) {
    throw new RangeError(
      `${name} has ${array.length} values, but an image of ${width} by ${height} pixels has ${width * height}.`,
    );
  }
}

/** Refuses a depth range that is empty or reaches zero. */
export function checkRange(minDepth: number, maxDepth: number): void {
  if (!(minDepth > 0 && maxDepth > minDepth)) {
    throw new RangeError(
      `The depth range must satisfy 0 < minDepth < maxDepth, got minDepth ${minDepth} and maxDepth ${maxDepth} (metres).`,
    );
  }
}
