import { openFileSource, SafetensorsFile } from '@llm-mde/checkpoints';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { QuantizeError } from '../error.js';
import { rangeOf } from '../format/content.js';
import { Model } from '../format/model.js';
import type { ValueInfo } from '../format/value-info.js';
import { type CheckInput, randomInputs } from './random-inputs.js';

export interface CheckOptions {
  /** A safetensors file with the inputs, by their names. @default random ones */
  readonly inputs?: string;
  /** Sizes of dimensions that the model leaves open, by name. */
  readonly sizes?: ReadonlyMap<string, number>;
}

/** What a module of ONNX Runtime has. */
export interface CheckRuntime {
  readonly InferenceSession: { create(path: string, options: { logSeverityLevel: 3 }): Promise<InferenceSession> };
}

export interface OutputError {
  readonly output: string;
  /** |quantized - original| / |original|, both Euclidean norms over all values; 0 where both are zero. */
  readonly relative: number;
  /** Of a single value. */
  readonly largest: number;
}

/** Runs a model in ONNX Runtime, to be compared with others on the same inputs. Node only. */
export class Check {
  private constructor(
    private readonly runtime: typeof import('onnxruntime-node'),
    private readonly inputs: Readonly<Record<string, Tensor>>,
    private readonly expected: Readonly<Record<string, Float32Array>>,
  ) {}

  /**
   * @param path The original.
   * @throws {QuantizeError} if onnxruntime-node is not installed, or cannot run the model.
   */
  static async start(path: string, { inputs, sizes = new Map() }: CheckOptions = {}): Promise<Check> {
    const runtime = await load();
    const expectedInputs = await readInputs(path);
    const values = inputs ? await givenInputs(inputs, expectedInputs) : randomInputs(expectedInputs, sizes);
    const tensors = Object.fromEntries(
      Object.entries(values).map(([name, { type, data, dims }]) => [name, tensorOf(runtime, type, data, dims)]),
    );
    return new Check(runtime, tensors, await run(runtime, path, tensors));
  }

  /**
   * How far each output of another file is from the original's.
   * @param runtime Another ONNX Runtime to run it in, such as the module `onnxruntime-web`. @default onnxruntime-node
   * @throws {QuantizeError} if ONNX Runtime cannot run it.
   */
  async compare(path: string, runtime: CheckRuntime = this.runtime): Promise<OutputError[]> {
    const found = await run(runtime, path, this.inputs);
    return Object.entries(this.expected).map(([output, expected]) => {
      const values = found[output];
      if (values?.length !== expected.length) throw new QuantizeError(`${path} gives ${output} in another size.`);
      return { output, ...differences(expected, values) };
    });
  }
}

async function load(): Promise<typeof import('onnxruntime-node')> {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    const module = await import('onnxruntime-node');
    return (module as unknown as { default?: typeof module }).default ?? module;
  } catch (error) {
    throw new QuantizeError(
      `The check needs onnxruntime-node (${(error as Error).message.split('\n')[0]}): npm install onnxruntime-node, or leave the check out (--no-check).`,
    );
  }
}

/** Those that the model's file asks for. */
async function readInputs(path: string): Promise<readonly ValueInfo[]> {
  const source = await openFileSource(path);
  try {
    const external = (location: string, offset: number, length = 0) => rangeOf(source, offset, length, location);
    const { graph } = await Model.read(source, path, external);
    const stored = new Set(graph.initializers.map(({ name }) => name));
    return graph.inputs.filter(({ name }) => !stored.has(name));
  } finally {
    await source.close();
  }
}

async function givenInputs(path: string, inputs: readonly ValueInfo[]): Promise<Record<string, CheckInput>> {
  const file = await SafetensorsFile.open(path);
  try {
    const values: Record<string, CheckInput> = {};
    for (const { name, type } of inputs) {
      const tensor = file.tensors.get(name);
      if (!tensor) throw new QuantizeError(`${path} has no ${name}, which is an input of the model.`);
      const bytes = await file.readBytes(name);
      const known = GIVEN[tensor.dtype];
      if (!known || known.onnx !== type) {
        throw new QuantizeError(
          `${name} of ${path} is of type ${tensor.dtype}, which is not that of the model's input.`,
        );
      }
      values[name] = { type: known.type, data: known.view(bytes.buffer), dims: tensor.shape };
    }
    return values;
  } finally {
    await file.close();
  }
}

const GIVEN: Partial<
  Record<string, { onnx: number; type: CheckInput['type']; view(buffer: ArrayBuffer): CheckInput['data'] }>
> = {
  F32: { onnx: 1, type: 'float32', view: (buffer) => new Float32Array(buffer) },
  F16: { onnx: 10, type: 'float16', view: (buffer) => new Uint16Array(buffer) },
  I64: { onnx: 7, type: 'int64', view: (buffer) => new BigInt64Array(buffer) },
  I32: { onnx: 6, type: 'int32', view: (buffer) => new Int32Array(buffer) },
  BOOL: { onnx: 9, type: 'bool', view: (buffer) => new Uint8Array(buffer) },
};

function tensorOf(
  runtime: typeof import('onnxruntime-node'),
  type: CheckInput['type'],
  data: CheckInput['data'],
  dims: readonly number[],
): Tensor {
  return new runtime.Tensor(type as 'float32', data as Float32Array, dims);
}

/** The outputs that are numbers, as float32. */
async function run(
  runtime: CheckRuntime,
  path: string,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Float32Array>> {
  let session: InferenceSession | undefined;
  try {
    session = await runtime.InferenceSession.create(path, { logSeverityLevel: 3 });
    const outputs = await session.run(inputs);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, Float32Array.from(data as ArrayLike<number>, Number)]),
    );
  } catch (error) {
    throw new QuantizeError(`ONNX Runtime cannot run ${path}: ${(error as Error).message}`);
  } finally {
    await session?.release();
  }
}

function differences(expected: Float32Array, values: Float32Array): { relative: number; largest: number } {
  let [squares, errors, largest] = [0, 0, 0];
  for (let index = 0; index < expected.length; index++) {
    // Equal infinities, as of masks, differ by nothing.
    const error = expected[index] === values[index] ? 0 : Math.abs(values[index]! - expected[index]!);
    if (Number.isFinite(expected[index]!)) squares += expected[index]! ** 2;
    errors += error ** 2;
    largest = Number.isNaN(error) || error > largest ? error : largest;
  }
  return { relative: errors === 0 ? 0 : Math.sqrt(errors / squares), largest };
}
