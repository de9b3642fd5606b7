import type { Graph } from '../graph/graph.js';
import {
  type Capture,
  type Float,
  type Node,
  readWeight,
  type StoredValues,
  type TensorValues,
  Value,
} from '../graph/value.js';

/** A constant matrix in 8 bits: its column j is about `values[:, j] · scales[j]`. */
export interface QuantizedWeight {
  /** [K,N], from −127 to 127 */
  values: Value;
  /** [N] */
  scales: Value;
}

/** Products with fewer numbers in the matrix or fewer rows on the other side gain nothing. */
const SMALLEST_WEIGHT = 64 * 64;
const FEWEST_ROWS = 16;

/**
 * The matrix products whose right side is constant, with it in 8 bits, symmetric, each column with its own scale: the largest absolute value is 127. A
 * backward pass multiplies by the transposed matrix of a layer, which is quantized for itself. Each matrix is quantized once, whatever graphs use it.
 *
 * @param isQuantized See `PrecisionOptions`.
 */
export async function quantizeWeights(
  graph: Graph,
  isQuantized: (dataId: object) => boolean = () => true,
): Promise<ReadonlyMap<Node, QuantizedWeight>> {
  const quantized = new Map<Node, QuantizedWeight>();
  for (const node of graph.nodes) {
    if (isQuantizable(node) && isQuantized(identityOf(node.inputs[1]!))) {
      quantized.set(node, await quantizedWeight(node));
    }
  }
  return quantized;
}

/** Of the values of a constant: that of a tensor which a function closes over is its `dataId`. */
function identityOf(value: Value): object {
  const { source } = value;
  if (source.kind === 'capture') return source.capture.dataId;
  return source.kind === 'constant' ? source.data : value;
}

function isQuantizable({ operator, inputs, attributes }: Node): boolean {
  if (operator !== 'MatrixProduct' || attributes.transposeA) return false;
  const [a, b] = inputs as [Value, Value];
  const isConstant = b.source.kind === 'capture' || b.source.kind === 'constant';
  if (!isConstant || b.shape.length !== 2 || a.shape.length < 2) return false;
  const rows = a.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return b.shape[0]! * b.shape[1]! >= SMALLEST_WEIGHT && rows >= FEWEST_ROWS;
}

/** By the identity of the values, then by how they are read. */
const known = new WeakMap<object, Map<string, QuantizedWeight>>();

async function quantizedWeight({ inputs, attributes }: Node): Promise<QuantizedWeight> {
  const b = inputs[1]!;
  const { transposeB } = attributes;
  const { value: factor } = attributes.scale as Float;
  const identity = identityOf(b);
  const ways = known.get(identity) ?? new Map<string, QuantizedWeight>();
  known.set(identity, ways);
  const key = `${transposeB} ${factor}`;
  const found = ways.get(key);
  if (found) return found;
  const [rows, columns] = b.shape as [number, number];
  const data = (await readWeight(b)) as Float32Array;
  const quantized = transposeB ? quantize(data, columns, rows, 1, columns) : quantize(data, rows, columns, columns, 1);
  const shape = transposeB ? [columns, rows] : [rows, columns];
  const weight = {
    values: new Value(shape, 'int8', { kind: 'capture', capture: heldUntilStored(quantized.values) }),
    scales: new Value([shape[1]!], 'float32', {
      kind: 'constant',
      data: quantized.scales.map((scale) => scale * factor),
    }),
  };
  ways.set(key, weight);
  return weight;
}

/** Values that are held here only until the file of weights has them. */
function heldUntilStored(values: Int8Array): Capture {
  // Nobody reads them as a tensor, which has no 8-bit integers.
  let held: StoredValues = { read: async () => values as unknown as TensorValues };
  return {
    dataId: {},
    read: () => held.read(),
    get location() {
      return held.location;
    },
    release(elsewhere) {
      held = elsewhere;
    },
  };
}

/** A matrix whose element (row, column) is at `row · rowStride + column · columnStride`. */
function quantize(data: Float32Array, rows: number, columns: number, rowStride: number, columnStride: number) {
  const scales = new Float32Array(columns);
  const values = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const size = Math.abs(data[row * rowStride + column * columnStride]!);
      if (size > scales[column]!) scales[column] = size;
    }
  }
  // A column of zeros stays one.
  for (let column = 0; column < columns; column++) scales[column] = scales[column]! / 127 || 1;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = Math.round(data[row * rowStride + column * columnStride]! / scales[column]!);
    }
  }
  return { values, scales };
}
