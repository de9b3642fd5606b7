import { BYTES_PER_VALUE, type DataType, isDataType } from './data-types.js';
import { SafetensorsError } from './error.js';

/** Where and what one tensor of a file is. */
export interface SafetensorsTensor {
  dtype: DataType;
  shape: readonly number[];
  /** Position of its first byte in the file. */
  byteOffset: number;
  byteLength: number;
}

export interface SafetensorsHeader {
  /** By name, in the order of the header. */
  tensors: Map<string, SafetensorsTensor>;
  /** What the file says about itself in `__metadata__`, such as `format: 'pt'`. */
  metadata: Record<string, string>;
}

/** Bytes before the header: its length. */
export const LENGTH_BYTES = 8;

/**
 * The largest header that is read, that of the reference implementation. The length is the first thing in a file and nothing vouches for
 * it: without a limit, eight wrong bytes at the front of a large file would have gigabytes of weights parsed as JSON.
 */
const LARGEST_HEADER = 100_000_000;

/**
 * The length of the header, from the first bytes of a file.
 * @param bytes The first eight bytes, or the whole file where it is shorter.
 * @param fileSize Bytes of the whole file.
 */
export function readHeaderLength(bytes: Uint8Array, fileSize: number, file: string): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new SafetensorsError(`only ${bytes.length} bytes, too short for a safetensors file: is it cut off?`, {
      file,
    });
  }
  if (new TextDecoder().decode(bytes.subarray(0, LENGTH_BYTES)) === 'version ') {
    throw new SafetensorsError('a pointer of Git LFS is here instead of the weights: fetch them with git lfs pull.', {
      file,
    });
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > LARGEST_HEADER) {
    throw new SafetensorsError(
      `a header of ${length} bytes is announced, more than the ${LARGEST_HEADER} allowed: is this a safetensors file?`,
      { file },
    );
  }
  if (Number(length) > fileSize - LENGTH_BYTES) {
    throw new SafetensorsError(
      `a header of ${length} bytes is announced, but the file has only ${fileSize} bytes: is it cut off?`,
      { file },
    );
  }
  return Number(length);
}

/**
 * Reads a header and checks that the tensors fill the file exactly.
 * @param bytes The header, without the length before it.
 * @param fileSize Bytes of the whole file.
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  const { __metadata__: metadata, ...entries } = parseObject(bytes, file);
  const dataStart = LENGTH_BYTES + bytes.length;
  const tensors = new Map(
    Object.entries(entries).map(([name, entry]) => [name, readEntry(name, entry, dataStart, file)]),
  );
  checkLayout(tensors, dataStart, fileSize, file);
  return { tensors, metadata: readMetadata(metadata, file) };
}

function parseObject(bytes: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError('the header is not UTF-8 text: is this a safetensors file?', { file });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new SafetensorsError('the header is not JSON: is this a safetensors file?', { file });
  }
  if (!isObject(parsed)) throw new SafetensorsError('the header is not a JSON object.', { file });
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    throw new SafetensorsError('stands twice in the header.', { file, tensor: duplicate });
  }
  return parsed;
}

/**
 * A key that stands twice in one object. `JSON.parse` would take the last one, other readers the first: a file that reads differently
 * everywhere.
 * @param json Valid JSON.
 */
function findDuplicateKey(json: string): string | undefined {
  const objects: Set<string>[] = [];
  for (let position = 0; position < json.length; position++) {
    const character = json[position];
    if (character === '{') objects.push(new Set());
    else if (character === '}') objects.pop();
    else if (character === '"') {
      const start = position++;
      while (json[position] !== '"') position += json[position] === '\\' ? 2 : 1;
      if (!isFollowedByColon(json, position + 1)) continue;
      const key = JSON.parse(json.slice(start, position + 1)) as string;
      const keys = objects.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function isFollowedByColon(json: string, position: number): boolean {
  while (' \n\r\t'.includes(json[position] ?? '.')) position++;
  return json[position] === ':';
}

function readEntry(name: string, entry: unknown, dataStart: number, file: string): SafetensorsTensor {
  const refuse = (problem: string) => new SafetensorsError(problem, { file, tensor: name });
  if (!isObject(entry)) throw refuse('is not described by an object in the header.');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !isDataType(dtype)) {
    throw refuse(`has an unknown dtype, ${excerpt(dtype)}; known are ${Object.keys(BYTES_PER_VALUE).join(', ')}.`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw refuse(`has the shape ${excerpt(shape)}; a list of whole numbers from 0 to 2^53 - 1 is needed.`);
  }
  if (!isRange(offsets)) throw refuse(`has the offsets ${excerpt(offsets)}; a start and an end after it are needed.`);
  const [start, end] = offsets;
  const byteLength = shape.reduce((product: number, size: number) => product * size, BYTES_PER_VALUE[dtype]);
  if (!Number.isSafeInteger(byteLength))
    throw refuse(`has the shape ${excerpt(shape)}, more values than can be counted.`);
  if (end - start !== byteLength) {
    throw refuse(`has ${end - start} bytes, but ${dtype} of shape ${excerpt(shape)} takes ${byteLength}.`);
  }
  return { dtype, shape, byteOffset: dataStart + start, byteLength };
}

/** The tensors must lie one after the other, without gaps, up to the end of the file. */
function checkLayout(tensors: Map<string, SafetensorsTensor>, dataStart: number, fileSize: number, file: string): void {
  const inOrder = [...tensors].sort(
    ([, one], [, other]) => one.byteOffset - other.byteOffset || one.byteLength - other.byteLength,
  );
  let end = dataStart;
  let previous: string | undefined;
  for (const [name, { byteOffset, byteLength }] of inOrder) {
    if (byteOffset + byteLength > fileSize) {
      throw new SafetensorsError(
        `ends at byte ${byteOffset + byteLength}, but the file has only ${fileSize} bytes: is it cut off?`,
        { file, tensor: name },
      );
    }
    if (byteOffset !== end) {
      const before = previous === undefined ? 'the header' : `tensor "${previous}"`;
      const problem =
        byteOffset < end ? `overlaps ${before}` : `leaves a gap of ${byteOffset - end} bytes after ${before}`;
      throw new SafetensorsError(`${problem}.`, { file, tensor: name });
    }
    end += byteLength;
    previous = name;
  }
  if (end !== fileSize) {
    throw new SafetensorsError(`${fileSize - end} bytes are left after the last tensor.`, { file });
  }
}

function readMetadata(metadata: unknown, file: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new SafetensorsError('__metadata__ in the header is not an object of strings.', { file });
  }
  return metadata as Record<string, string>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRange(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(isCount) && value[0]! <= value[1]!;
}

function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
