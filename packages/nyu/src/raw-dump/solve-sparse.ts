/** A square matrix, row by row (CSR): the values of row i stand from `rowStarts[i]` to `rowStarts[i + 1]`, in the order of their columns. */
export interface SparseMatrix {
  rowStarts: Int32Array;
  columns: Int32Array;
  values: Float64Array;
  size: number;
}

export interface SolveOptions {
  /** The residual's norm at which it is solved, as a share of the right side's. @default 1e-7 */
  tolerance?: number;
  /** @default 10000 */
  steps?: number;
}

/**
 * Solves A x = b for a matrix that need not be symmetric, by the stabilised bi-conjugate gradient method (van der Vorst 1992) with an
 * incomplete LU factorization without fill-in as preconditioner. A's diagonal must not contain zeros.
 *
 * @param start a first guess, which is not changed.
 * @throws Error if it does not converge: then the matrix is singular or nearly so.
 */
export function solveSparse(
  matrix: SparseMatrix,
  right: Float64Array,
  start: Float64Array,
  { tolerance = 1e-7, steps = 10_000 }: SolveOptions = {},
): Float64Array {
  const precondition = incompleteLu(matrix);
  const size = matrix.size;
  const solution = start.slice();
  const residual = multiply(matrix, solution, new Float64Array(size));
  for (let index = 0; index < size; index++) residual[index] = right[index]! - residual[index]!;
  const target = tolerance * Math.sqrt(dot(right, right));
  const shadow = residual.slice();
  const direction = residual.slice();
  const [preconditioned, image, stabilised, stabilisedImage] = Array.from(
    { length: 4 },
    () => new Float64Array(size),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  let rho = dot(shadow, residual);
  // Written so that NaN, which a singular matrix gives, does not count as solved.
  for (let step = 0; !(Math.sqrt(dot(residual, residual)) <= target); step++) {
    if (step === steps) throw new Error(`The sparse system did not converge in ${steps} steps.`);
    precondition(direction, preconditioned);
    multiply(matrix, preconditioned, image);
    const alpha = rho / dot(shadow, image);
    for (let index = 0; index < size; index++) {
      solution[index]! += alpha * preconditioned[index]!;
      residual[index]! -= alpha * image[index]!;
    }
    precondition(residual, stabilised);
    multiply(matrix, stabilised, stabilisedImage);
    const length = dot(stabilisedImage, stabilisedImage);
    const omega = length === 0 ? 0 : dot(stabilisedImage, residual) / length;
    for (let index = 0; index < size; index++) {
      solution[index]! += omega * stabilised[index]!;
      residual[index]! -= omega * stabilisedImage[index]!;
    }
    const nextRho = dot(shadow, residual);
    const beta = (nextRho / rho) * (alpha / omega);
    rho = nextRho;
    if (!Number.isFinite(beta) || beta === 0) {
      // The shadow residual has become orthogonal: begin again from here.
      shadow.set(residual);
      direction.set(residual);
      rho = dot(residual, residual);
      continue;
    }
    for (let index = 0; index < size; index++) {
      direction[index] = residual[index]! + beta * (direction[index]! - omega * image[index]!);
    }
  }
  return solution;
}

function multiply(
  { rowStarts, columns, values, size }: SparseMatrix,
  vector: Float64Array,
  result: Float64Array,
): Float64Array {
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let at = rowStarts[row]!; at < rowStarts[row + 1]!; at++) sum += values[at]! * vector[columns[at]!]!;
    result[row] = sum;
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** ILU(0): the factors have values only where the matrix has. Returns the function that solves L U result = vector. */
function incompleteLu(matrix: SparseMatrix): (vector: Float64Array, result: Float64Array) => void {
  const { rowStarts, columns, size } = matrix;
  const values = matrix.values.slice(0, rowStarts[size]);
  const diagonal = new Int32Array(size);
  const place = new Int32Array(size).fill(-1);
  for (let row = 0; row < size; row++) {
    const [from, to] = [rowStarts[row]!, rowStarts[row + 1]!];
    for (let at = from; at < to; at++) {
      place[columns[at]!] = at;
      if (columns[at] === row) diagonal[row] = at;
    }
    for (let at = from; at < to && columns[at]! < row; at++) {
      const column = columns[at]!;
      const factor = values[at]! / values[diagonal[column]!]!;
      values[at] = factor;
      for (let other = diagonal[column]! + 1; other < rowStarts[column + 1]!; other++) {
        const target = place[columns[other]!]!;
        if (target >= 0) values[target]! -= factor * values[other]!;
      }
    }
    for (let at = from; at < to; at++) place[columns[at]!] = -1;
  }
  return (vector, result) => {
    for (let row = 0; row < size; row++) {
      let sum = vector[row]!;
      for (let at = rowStarts[row]!; at < diagonal[row]!; at++) sum -= values[at]! * result[columns[at]!]!;
      result[row] = sum;
    }
    for (let row = size - 1; row >= 0; row--) {
      let sum = result[row]!;
      for (let at = diagonal[row]! + 1; at < rowStarts[row + 1]!; at++) sum -= values[at]! * result[columns[at]!]!;
      result[row] = sum / values[diagonal[row]!]!;
    }
  };
}
