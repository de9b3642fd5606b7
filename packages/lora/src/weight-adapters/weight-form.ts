import * as tf from '@tensorflow/tfjs-core';

/**
 * How a weight is seen as PyTorch has it, [rows, …], flattened to a matrix [rows,columns] which A [rank,columns] and B [rows,rank] change.
 */
export interface WeightForm {
  kind: 'linear' | 'convolution' | 'embedding';
  /** In PyTorch. */
  shape: readonly number[];
  rows: number;
  columns: number;
  /** Of A in a file, where it is not [rank,columns]; `rank` stands for itself. */
  shapeOfA(rank: number): number[];
  shapeOfB(rank: number): number[];
  /** From [rows,columns] to the model's own shape. */
  toModel(matrix: tf.Tensor2D): tf.Tensor;
  /** From the model's own shape to [rows,columns]. */
  fromModel(weight: tf.Tensor): tf.Tensor2D;
}

/** Of a weight [columns,rows], or [rows,columns] where it is used transposed. */
export function linearForm(shape: readonly number[], isTransposed = false): WeightForm {
  const [columns, rows] = (isTransposed ? [shape[1]!, shape[0]!] : shape) as [number, number];
  return {
    ...matrixForm([rows, columns], rows, columns),
    toModel: (matrix) => (isTransposed ? matrix : tf.transpose(matrix)),
    fromModel: (weight) => (isTransposed ? weight : tf.transpose(weight)) as tf.Tensor2D,
  };
}

/** Of a table [words,features]. PyTorch's is the same: PEFT's A and B are those of the transposed one. */
export function embeddingForm(shape: readonly number[]): WeightForm {
  return { ...linearForm(shape), kind: 'embedding', shape };
}

/** Of a kernel [...,in,out] with one to three axes of space. */
export function convolutionForm(shape: readonly number[]): WeightForm {
  const space = shape.slice(2).map((_, axis) => axis);
  return permutedForm(shape, [shape.length - 1, shape.length - 2, ...space], 1);
}

/** Of a kernel [height,width,in,multiplier]. */
export function depthwiseForm(shape: readonly number[]): WeightForm {
  return permutedForm(shape, [2, 3, 0, 1], 2);
}

/**
 * Of the weight of an Einsum, `abc,cde->abde`: a row for each place along the axes that the result has too, a column for each along those that are summed over.
 *
 * @returns undefined where it is no such sum: an axis is in both or in neither of them.
 */
export function einsumForm(equation: string, position: number, shape: readonly number[]): WeightForm | undefined {
  const [sources = '', result = ''] = equation.replaceAll(' ', '').replaceAll('...', '').split('->');
  const parts = sources.split(',');
  const letters = [...(parts[position] ?? '')];
  const others = parts.filter((_, index) => index !== position).join('');
  if (letters.length !== shape.length || letters.some((letter) => others.includes(letter) === result.includes(letter)))
    return undefined;
  const axes = letters.map((_, axis) => axis);
  const order = [true, false].flatMap((isRow) => axes.filter((axis) => result.includes(letters[axis]!) === isRow));
  return orderedForm(shape, order, letters.filter((letter) => result.includes(letter)).length);
}

/** Of a weight of any layer whose last axis is what comes out, as of all kernels of Keras: [...,rows]. */
export function lastAxisForm(shape: readonly number[]): WeightForm {
  return orderedForm(shape, [shape.length - 1, ...shape.slice(1).map((_, axis) => axis)], 1);
}

function orderedForm(shape: readonly number[], order: readonly number[], rowAxes: number): WeightForm {
  const { rows, columns, toModel, fromModel } = permutedForm(shape, order, rowAxes);
  return { ...matrixForm([rows, columns], rows, columns), toModel, fromModel };
}

function matrixForm(shape: readonly number[], rows: number, columns: number) {
  return {
    kind: 'linear' as const,
    shape,
    rows,
    columns,
    shapeOfA: (rank: number) => [rank, columns],
    shapeOfB: (rank: number) => [rows, rank],
  };
}

/** @param order Of the weight's axes in PyTorch. @param rowAxes How many of those, from the first, make up the rows. */
function permutedForm(shape: readonly number[], order: readonly number[], rowAxes: number): WeightForm {
  const python = order.map((axis) => shape[axis]!);
  const count = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);
  const back = order.map((_, axis) => order.indexOf(axis));
  const [rows, columns] = [count(python.slice(0, rowAxes)), count(python.slice(rowAxes))];
  const spatial = rowAxes === 1 ? python.slice(2) : python.slice(rowAxes);
  return {
    kind: 'convolution',
    shape: python,
    rows,
    columns,
    shapeOfA: (rank) => [rank, rowAxes === 1 ? python[1]! : 1, ...spatial],
    shapeOfB: (rank) => [rows, rank, ...spatial.map(() => 1)],
    toModel: (matrix) => tf.transpose(tf.reshape(matrix, python), back),
    fromModel: (weight) => tf.reshape(tf.transpose(weight, [...order]), [rows, columns]),
  };
}
