import * as node from 'onnxruntime-node';

export interface Input {
  readonly data: Float32Array | BigInt64Array | Uint8Array;
  readonly dims: readonly number[];
}

/** What the module of ONNX Runtime must have: that of Node, or that of browsers. */
type Runtime = Pick<typeof node, 'InferenceSession' | 'Tensor'>;

/** The outputs of a model, by name, in ONNX Runtime. */
export async function runModel(
  model: Uint8Array | string,
  inputs: Readonly<Record<string, Input>>,
  { InferenceSession, Tensor }: Runtime = node,
): Promise<Record<string, Float32Array>> {
  const options = { logSeverityLevel: 3 } as const;
  const session = await (typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options));
  const types = { Float32Array: 'float32', BigInt64Array: 'int64', Uint8Array: 'bool' } as const;
  const tensors = Object.entries(inputs).map(([name, { data, dims }]) => {
    const type = types[data.constructor.name as keyof typeof types];
    return [name, new Tensor(type as 'float32', data as Float32Array, dims)];
  });
  const outputs = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

/** |values - expected| / |expected|, Euclidean norms. */
export function relativeError(values: Float32Array, expected: Float32Array): number {
  const norm = (numbers: Float32Array) => Math.hypot(...numbers);
  return norm(values.map((value, index) => value - expected[index]!)) / norm(expected);
}
