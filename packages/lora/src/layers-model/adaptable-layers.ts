import * as tf from '@tensorflow/tfjs-core';

/** What is used of a `tf.LayersModel` or `tf.Sequential`. */
export interface LayersModel {
  layers: readonly { name: string; getClassName(): string }[];
}

/** What is used of a layer's variable. */
export interface LayerVariable {
  /** Without what makes it unique. */
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  trainable: boolean;
  read(): tf.Tensor;
  write(values: tf.Tensor): unknown;
}

/** What is used of a layer beyond its public types. */
export interface Layer {
  readonly name: string;
  readonly weights: LayerVariable[];
  trainableWeights: LayerVariable[];
  readonly layers?: readonly Layer[];
  getClassName(): string;
}

/** A layer with a weight that an adapter can change. */
export interface AdaptableLayer {
  /** The layer's name, after those of the models that it is nested in: `encoder.dense_1`. */
  path: string;
  layer: Layer;
  /** The layer's property that holds the weight. */
  property: string;
  form: WeightForm;
}

/**
 * How a weight is seen as PyTorch has it, [rows, …], flattened to a matrix [rows,columns] which A [rank,columns] and B [rows,rank] change.
 */
interface WeightForm {
  kind: 'linear' | 'convolution' | 'embedding';
  /** In PyTorch. */
  shape: readonly number[];
  rows: number;
  columns: number;
  /** Of A in a file, where it is not [rank,columns]; `rank` stands for itself. */
  shapeOfA(rank: number): number[];
  shapeOfB(rank: number): number[];
  /** From [rows,columns] to the layer's own shape. */
  toLayer(matrix: tf.Tensor2D): tf.Tensor;
  /** From the layer's own shape to [rows,columns]. */
  fromLayer(weight: tf.Tensor): tf.Tensor2D;
}

/** The properties of layers that hold a weight which can be adapted. */
const WEIGHTS: Readonly<Record<string, string>> = {
  Dense: 'kernel',
  Conv1D: 'kernel',
  Conv2D: 'kernel',
  DepthwiseConv2D: 'depthwiseKernel',
  Embedding: 'embeddings',
};

export function isLayersModel(model: unknown): model is LayersModel {
  const { layers } = (model ?? {}) as Partial<LayersModel>;
  return Array.isArray(layers) && layers.every((layer) => typeof layer?.getClassName === 'function');
}

/** What is used of a `tf.Sequential` beside its layers. */
interface Sequential {
  readonly inputs: readonly unknown[];
  /** Once it is built. */
  readonly model?: unknown;
  getClassName(): string;
  build(): void;
}

/**
 * All layers, those of nested models too, by path. A `tf.Sequential` is built first: that would make all weights trainable again.
 */
export function layersOf(model: LayersModel, prefix = ''): Map<string, Layer> {
  const sequential = model as Partial<Sequential>;
  if (sequential.getClassName?.() === 'Sequential' && !sequential.model && sequential.inputs!.length > 0)
    sequential.build!();
  const found = new Map<string, Layer>();
  for (const layer of model.layers as readonly Layer[]) {
    const path = `${prefix}${layer.name}`;
    if (layer.layers) for (const [inner, each] of layersOf(layer as LayersModel, `${path}.`)) found.set(inner, each);
    else found.set(path, layer);
  }
  return found;
}

/** @throws if a layer has no weights yet. */
export function adaptableLayers(model: LayersModel): Map<string, AdaptableLayer> {
  const found = new Map<string, AdaptableLayer>();
  for (const [path, layer] of layersOf(model)) {
    const property = WEIGHTS[layer.getClassName()];
    if (property === undefined) continue;
    const weight = (layer as unknown as Record<string, LayerVariable | undefined>)[property];
    if (!weight) {
      throw new Error(
        `The layer ${path} has no weights yet: build the model first, such as by an inputShape of its first layer.`,
      );
    }
    found.set(path, { path, layer, property, form: formOf(layer.getClassName(), weight.shape as number[]) });
  }
  return found;
}

function formOf(className: string, shape: readonly number[]): WeightForm {
  switch (className) {
    case 'Dense':
      return transposed('linear', shape);
    case 'Embedding':
      return transposed('embedding', shape);
    case 'Conv1D':
      return permuted(shape, [2, 1, 0], 1);
    case 'Conv2D':
      return permuted(shape, [3, 2, 0, 1], 1);
    default:
      return permuted(shape, [2, 3, 0, 1], 2);
  }
}

/** [columns,rows] here. An embedding is [words,features], and PyTorch's is the same: PEFT's A and B are those of the transposed one. */
function transposed(kind: 'linear' | 'embedding', [columns, rows]: readonly number[]): WeightForm {
  return {
    kind,
    shape: kind === 'linear' ? [rows!, columns!] : [columns!, rows!],
    rows: rows!,
    columns: columns!,
    shapeOfA: (rank) => [rank, columns!],
    shapeOfB: (rank) => [rows!, rank],
    toLayer: (matrix) => tf.transpose(matrix),
    fromLayer: (weight) => tf.transpose(weight) as tf.Tensor2D,
  };
}

/** @param order Of the layer's axes in PyTorch. @param rowAxes How many of those, from the first, make up the rows. */
function permuted(shape: readonly number[], order: readonly number[], rowAxes: number): WeightForm {
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
    toLayer: (matrix) => tf.transpose(tf.reshape(matrix, python), back),
    fromLayer: (weight) => tf.reshape(tf.transpose(weight, [...order]), [rows, columns]),
  };
}
