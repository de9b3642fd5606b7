import { CompileError } from '../errors.js';
import { ONNX_TYPES } from '../graph/value.js';
import type { LoweredModel, LoweredNode } from './lower.js';

/** The same model with some inputs of the type int64, which it casts to what they were. */
export function withInt64Inputs(model: LoweredModel, names: readonly string[]): LoweredModel {
  if (names.length === 0) return model;
  const unknown = names.find((name) => !model.inputs.some((input) => input.name === name));
  if (unknown !== undefined) {
    const known = model.inputs.map(({ name }) => name).join(', ');
    throw new CompileError(`int64Inputs names "${unknown}", which is no input of the graph; it has ${known}.`);
  }
  // Not a name that a user could have given.
  const castName = (name: string) => `cast:${name}`;
  const casts = model.inputs
    .filter(({ name }) => names.includes(name))
    .map(
      ({ name, dtype }): LoweredNode => ({
        operator: 'Cast',
        domain: '',
        inputs: [name],
        outputs: [castName(name)],
        attributes: { to: ONNX_TYPES[dtype] },
      }),
    );
  const renamed = (name: string) => (names.includes(name) ? castName(name) : name);
  return {
    ...model,
    nodes: [...casts, ...model.nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed) }))],
    inputs: model.inputs.map((input) => (names.includes(input.name) ? { ...input, dtype: 'int64' } : input)),
  };
}
