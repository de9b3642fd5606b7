import { replaceFile } from '../replace.js';
import { BYTES_PER_VALUE, type DataType, type NumericArray, naturalDataType, toFloat16 } from './data-types.js';
import { SafetensorsError } from './error.js';

/** A tensor to write. */
export interface TensorToWrite {
  shape: readonly number[];
  /** Row-major. Written as the type of the array. */
  data: NumericArray;
  /** Write a Float32Array in half the size, each value as the nearest float16. @default the array's own type */
  dataType?: 'F16' | undefined;
}

export interface WriteSafetensorsOptions {
  /** What the file says about itself. Hugging Face transformers wants `format: 'pt'`. @default none */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * The content of a safetensors file: as the reference implementation writes it, byte for byte. The larger types come first and the
 * header is padded to a multiple of eight bytes, so that every tensor is aligned.
 *
 * @throws {SafetensorsError} if a tensor's shape and data do not agree, or a name is not usable.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, TensorToWrite]>,
  options: WriteSafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const pieces = encodePieces(tensors, options);
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

/**
 * Writes a safetensors file, under a temporary name first. Node only.
 * @throws {SafetensorsError} as `encodeSafetensors` does; what was there before stays.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite]>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  await replaceFile(path, encodePieces(tensors, options));
}

/** The header with its length, then the bytes of each tensor. */
function encodePieces(
  tensors: Iterable<readonly [string, TensorToWrite]>,
  { metadata }: WriteSafetensorsOptions,
): Uint8Array[] {
  const encoded = encodeTensors(tensors);
  // Joined by hand, since an object would put names such as "0" first.
  const fields = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  let end = 0;
  for (const { name, dtype, shape, bytes } of encoded) {
    const start = end;
    end += bytes.length;
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [start, end] })}`);
  }
  return [encodeHeader(`{${fields.join(',')}}`), ...encoded.map(({ bytes }) => bytes)];
}

interface EncodedTensor {
  name: string;
  dtype: DataType;
  shape: readonly number[];
  bytes: Uint8Array;
}

function encodeTensors(tensors: Iterable<readonly [string, TensorToWrite]>): EncodedTensor[] {
  const encoded = new Map<string, EncodedTensor>();
  for (const [name, { shape, data, dataType }] of tensors) {
    const refuse = (problem: string) => new SafetensorsError(problem, { tensor: name });
    if (name === '__metadata__') throw refuse('cannot be written: the format keeps that name for itself.');
    // Half a surrogate pair has no bytes in UTF-8, so the name would not come back.
    if (/\p{Surrogate}/u.test(name)) throw refuse('cannot be written: its name is not valid Unicode.');
    if (encoded.has(name)) throw refuse('is given twice.');
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw refuse(`has the shape [${shape}]; whole numbers from 0 are needed.`);
    }
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== data.length) throw refuse(`has the shape [${shape}], ${size} values, but ${data.length} were given.`);
    try {
      const isHalf = dataType === 'F16' && data instanceof Float32Array;
      const written = isHalf ? toFloat16(data) : data;
      const dtype = isHalf ? 'F16' : naturalDataType(data);
      const bytes = new Uint8Array(written.buffer, written.byteOffset, written.byteLength);
      encoded.set(name, { name, dtype, shape, bytes });
    } catch (error) {
      throw refuse(`${(error as Error).message}.`);
    }
  }
  return [...encoded.values()].sort((one, other) => rank(other) - rank(one) || (one.name < other.name ? -1 : 1));
}

function rank({ dtype }: EncodedTensor): number {
  return Object.keys(BYTES_PER_VALUE).indexOf(dtype);
}

function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}
