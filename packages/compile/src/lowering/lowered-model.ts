import type { Attributes, ElementType, Value } from '../graph/value.js';

/**
 * Who will run the model: ONNX Runtime's CPU or WebGPU provider, or anybody (standard ONNX operators only; CUDA gets these too).
 */
export type LoweringTarget = 'cpu' | 'webgpu' | 'standard';

/** A model as ONNX has it: names instead of references. */
export interface LoweredModel {
  readonly nodes: readonly LoweredNode[];
  readonly inputs: readonly LoweredTensor[];
  readonly outputs: readonly LoweredTensor[];
  /** What has values before the model runs: constants, captured tensors and variables. */
  readonly weights: readonly Value[];
  readonly names: ReadonlyMap<Value, string>;
}

export interface LoweredNode {
  readonly operator: string;
  readonly domain: string;
  /** An empty name stands for a missing optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface LoweredTensor {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly dtype: ElementType;
}
