import type * as tf from '@tensorflow/tfjs-core';
import { matcher, type TargetModules } from '../target-modules.js';
import type { AdaptableWeight } from '../weight-adapters/adapted-weight.js';
import {
  convolutionForm,
  depthwiseForm,
  einsumForm,
  embeddingForm,
  linearForm,
  type WeightForm,
} from '../weight-adapters/weight-form.js';

/** What is used of a `tf.GraphModel`. */
export interface GraphModel {
  readonly weights: Record<string, tf.Tensor[]>;
  readonly inputNodes: string[];
  execute(inputs: tf.Tensor | tf.Tensor[] | tf.NamedTensorMap, outputs?: string | string[]): tf.Tensor | tf.Tensor[];
}

type Execute = (inputs: tf.NamedTensorMap, outputs: string[]) => tf.Tensor[];
type ExecuteAsync = (...parameters: Parameters<Execute>) => Promise<tf.Tensor[]>;

/** What is used of a graph model beyond its public types. */
export interface OpenGraphModel {
  executor: {
    graph: { nodes: Record<string, GraphNode> };
    /** The weights by name; when it is set, the executor takes note of which tensors it must not dispose. */
    weightMap: Record<string, tf.Tensor[]>;
    execute: Execute;
    executeAsync: ExecuteAsync;
  };
  artifacts: tf.io.ModelArtifacts;
  save(handler: tf.io.IOHandler | string, options?: tf.io.SaveConfig): Promise<tf.io.SaveResult>;
}

interface GraphNode {
  name: string;
  op: string;
  inputs: GraphNode[];
  attrParams: Record<string, { value?: unknown }>;
}

/** A weight of a graph that an adapter can change: its path is its name. */
export interface AdaptableGraphWeight extends AdaptableWeight {
  isLinear: boolean;
}

/** Which input of an operation is a weight, and what form that has. */
type WeightInput = readonly [
  input: number,
  form: (shape: readonly number[], node: GraphNode) => WeightForm | undefined,
];

const matrix = (input: number, transposed: string): WeightInput => [
  input,
  (shape, { attrParams }) =>
    shape.length === 2 ? linearForm(shape, (attrParams[transposed]?.value === true) === (input === 1)) : undefined,
];
const MATRICES = [matrix(1, 'transposeB'), matrix(0, 'transposeA')];
const KERNEL: WeightInput[] = [[1, convolutionForm]];
const DEPTHWISE: WeightInput[] = [[1, depthwiseForm]];
const TABLE: WeightInput[] = [[0, (shape) => (shape.length === 2 ? embeddingForm(shape) : undefined)]];
const EINSUM = [0, 1].map(
  (input): WeightInput => [
    input,
    (shape, { attrParams }) =>
      shape.length > 1 ? einsumForm(String(attrParams.equation?.value), input, shape) : undefined,
  ],
);

const OPERATIONS: Readonly<Record<string, readonly WeightInput[]>> = {
  MatMul: MATRICES,
  _FusedMatMul: MATRICES,
  BatchMatMul: MATRICES,
  BatchMatMulV2: MATRICES,
  Einsum: EINSUM,
  Conv1D: KERNEL,
  Conv2D: KERNEL,
  _FusedConv2D: KERNEL,
  Conv3D: KERNEL,
  DepthwiseConv2d: DEPTHWISE,
  DepthwiseConv2dNative: DEPTHWISE,
  FusedDepthwiseConv2dNative: DEPTHWISE,
  Gather: TABLE,
  GatherV2: TABLE,
};

const LINEAR = ['MatMul', '_FusedMatMul', 'BatchMatMul', 'BatchMatMulV2', 'Einsum'];

export function isGraphModel(model: unknown): model is GraphModel {
  const { execute, executor } = (model ?? {}) as Partial<OpenGraphModel & GraphModel>;
  return typeof execute === 'function' && typeof executor?.weightMap === 'object';
}

export function opened(model: GraphModel): OpenGraphModel {
  return model as unknown as OpenGraphModel;
}

/** The float32 weights that operations use as matrices, kernels or tables, by name, in the graph's order. */
export function adaptableGraphWeights(model: GraphModel): Map<string, AdaptableGraphWeight> {
  const { graph, weightMap } = opened(model).executor;
  const found = new Map<string, AdaptableGraphWeight>();
  for (const node of Object.values(graph.nodes)) {
    for (const [input, formOf] of OPERATIONS[node.op] ?? []) {
      const name = weightOf(node.inputs[input], weightMap);
      const weight = name === undefined ? undefined : weightMap[name]![0];
      if (name === undefined || found.has(name) || weight?.dtype !== 'float32') continue;
      const form = formOf(weight.shape, node);
      if (form) found.set(name, { path: name, form, isLinear: LINEAR.includes(node.op) });
    }
  }
  return found;
}

/** The weight that a node passes on. */
function weightOf(node: GraphNode | undefined, weights: Record<string, unknown>): string | undefined {
  if (!node) return undefined;
  if (weights[node.name]) return node.name;
  return node.op === 'Identity' ? weightOf(node.inputs[0], weights) : undefined;
}

/**
 * The weights that the targets select.
 * @throws if there are none, with the names that there are.
 */
export function selectGraphWeights(
  model: GraphModel,
  targets: 'all-linear' | TargetModules,
  modulesToSave: TargetModules,
): AdaptableGraphWeight[] {
  const all = [...adaptableGraphWeights(model).values()];
  const isTarget = targets === 'all-linear' ? undefined : graphMatcher(targets);
  const isWhole = graphMatcher(modulesToSave);
  const selected = all.filter(({ path, isLinear }) => (isTarget ? isTarget(path) : isLinear) && !isWhole(path));
  if (selected.length > 0) return selected;
  const names = all.map(({ path }) => path).join(', ');
  throw new Error(
    names === ''
      ? 'The graph has no float32 weight of a MatMul, Einsum, convolution or Gather, so there is nothing for LoRA to adapt.'
      : `No weight matches the target modules ${String(targets)}. Weights that can be adapted: ${names}.`,
  );
}

/** As for layers, but a list selects the names that have one of its elements between slashes: `dense_1` selects `model/dense_1/MatMul/ReadVariableOp`. */
export function graphMatcher(targets: TargetModules): (name: string) => boolean {
  if (!Array.isArray(targets)) return matcher(targets);
  return (name) => targets.some((target) => `/${name}/`.includes(`/${target}/`));
}
