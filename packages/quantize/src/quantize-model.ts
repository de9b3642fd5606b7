import type { ByteSource } from '@llm-mde/checkpoints';
import { QuantizeError } from './error.js';
import { joined, rangeOf } from './format/content.js';
import { type LayOutOptions, layOut, type ModelFile } from './format/lay-out.js';
import { Model } from './format/model.js';
import type { ExternalReader } from './format/tensor.js';
import { type Mode, type QuantizeOptions, SUFFIXES } from './modes.js';
import { applyMode } from './rewrite/apply-mode.js';

export interface QuantizeModelOptions extends QuantizeOptions {
  readonly mode: Mode;
  /** The files beside the model that hold its weights, by the names that it gives them. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Rewrites an ONNX model in memory. What is not rewritten stays as it is, unknown operators and fields included.
 *
 * @param model The content of an ONNX file.
 * @returns the content of another, with all weights inside.
 * @throws {QuantizeError} if it is damaged, no ONNX model, has nothing to quantize, or would be larger than 2 GB.
 */
export async function quantizeModel(
  model: Uint8Array,
  { mode, externalData = {}, ...options }: QuantizeModelOptions,
): Promise<Uint8Array> {
  const external: ExternalReader = (location, offset, length) => {
    const data = Object.hasOwn(externalData, location) ? externalData[location]! : undefined;
    if (!data) throw new QuantizeError(`The model keeps weights in ${location}, which externalData lacks.`);
    return rangeOf(sourceOf(data), offset, length ?? data.length - offset, location);
  };
  const name = 'The model';
  const files = await rewrite(sourceOf(model), name, external, mode, options, { name, externalData: false });
  const chunks: Uint8Array[] = [];
  for await (const chunk of files[0]!.chunks()) chunks.push(chunk);
  return joined(chunks);
}

/** The files of a model after it was rewritten. Its weights are read, and quantized, while they are written. */
export async function rewrite(
  source: ByteSource,
  name: string,
  external: ExternalReader,
  mode: Mode,
  options: QuantizeOptions,
  layout: LayOutOptions,
): Promise<ModelFile[]> {
  const model = await Model.read(source, name, external);
  applyMode(model, mode, options, name);
  return layOut(model, layout);
}

/** The file of a mode: `model.onnx` becomes `model_q4.onnx`. */
export function fileOfMode(file: string, mode: Mode): string {
  return `${file.replace(/\.onnx$/i, '')}${SUFFIXES[mode]}.onnx`;
}

/** Not copied. */
function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    close: async () => {},
    read: async (offset, length) => bytes.subarray(offset, offset + length) as Uint8Array<ArrayBuffer>,
  };
}
