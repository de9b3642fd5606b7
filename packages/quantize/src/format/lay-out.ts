import { QuantizeError } from '../error.js';
import { lengthOf, type Part, readPart } from './content.js';
import { LARGEST_FILE, type Model } from './model.js';
import type { Tensor } from './tensor.js';

/** A file that is to be written, piece by piece. */
export interface ModelFile {
  readonly name: string;
  /** Bytes in all. */
  readonly length: number;
  chunks(): AsyncGenerator<Uint8Array>;
}

export interface LayOutOptions {
  /** Of the model's file; weights outside it are in `<name>_data`, `<name>_data_1` and so on. */
  readonly name: string;
  readonly externalData?: boolean;
  readonly largestFile?: number;
}

/** Smaller weights stay in the model's file. */
const SMALLEST_EXTERNAL = 1024;
/** Weights begin at pages, so that they can be mapped into memory. */
const PAGE = 4096;

/**
 * The files of a model, the model itself last: whoever sees it finds its weights.
 * @throws {QuantizeError} if the model takes more than 2 GB and must not use external data.
 */
export function layOut(model: Model, { name, externalData, largestFile = LARGEST_FILE }: LayOutOptions): ModelFile[] {
  if (externalData !== true) {
    const parts = model.encode();
    const length = lengthOf(parts);
    if (length <= largestFile) return [fileOf(name, parts)];
    if (externalData === false) {
      throw new QuantizeError(
        `${name} would have ${length} bytes, more than the 2 GB that an ONNX file can have: allow external data.`,
      );
    }
  }
  const places = new Map<Tensor, { location: string; offset: number }>();
  const files: { name: string; parts: Part[]; length: number }[] = [];
  for (const tensor of model.graph.initializers) {
    const { byteLength } = tensor;
    if (byteLength < SMALLEST_EXTERNAL) continue;
    let file = files.at(-1);
    if (!file || file.length + byteLength > largestFile) {
      file = { name: `${name}_data${files.length === 0 ? '' : `_${files.length}`}`, parts: [], length: 0 };
      files.push(file);
    }
    places.set(tensor, { location: file.name, offset: file.length });
    const padding = (PAGE - (byteLength % PAGE)) % PAGE;
    file.parts.push(tensor.values, new Uint8Array(padding));
    file.length += byteLength + padding;
  }
  const parts = model.encode((tensor) => {
    const place = places.get(tensor);
    return place ? tensor.encodeExternal(place.location, place.offset) : tensor.encode();
  });
  return [...files.map((file) => fileOf(file.name, file.parts)), fileOf(name, parts)];
}

function fileOf(name: string, parts: readonly Part[]): ModelFile {
  return { name, length: lengthOf(parts), chunks: () => chunksOf(parts) };
}

async function* chunksOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const bytes = await readPart(part);
    if (bytes.length !== part.length) throw new Error(`A part of ${part.length} bytes has ${bytes.length}.`);
    yield bytes;
  }
}
