import { decodeValues, toFloat16 } from '@llm-mde/checkpoints';
import { QuantizeError } from '../error.js';
import { type Content, joined, type Part, readPart } from './content.js';
import { bytesOf, type Field, integerOf, integersOf, lastOf, MessageParts, parseFields, textOf } from './fields.js';
import { BYTES_OF_TYPE, FLOAT, FLOAT16 } from './types.js';

/** Opens a range of a file that lies beside the model. */
export type ExternalReader = (location: string, offset: number, length: number | undefined) => Content;

/** Fields of TensorProto. */
const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
/** float_data, int32_data, string_data, int64_data, double_data and uint64_data. */
const TYPED_DATA = [4, 5, 6, 7, 10, 11];

/** A tensor of the file, whose values are read when they are needed. */
export class Tensor {
  private constructor(
    readonly name: string,
    readonly shape: readonly number[],
    readonly type: number,
    private readonly fields: readonly Field[],
    /** The values where they are kept as bytes. */
    private readonly content: Part | undefined,
    /** Whether `fields` lack the values. */
    private readonly isDetached: boolean,
  ) {}

  static parse(fields: readonly Field[], external: ExternalReader): Tensor {
    const shape = integersOf(fields, 1);
    const type = lastOf(fields, 2);
    const name = lastOf(fields, NAME);
    const isDetached = integersOf(fields, DATA_LOCATION).at(-1) === 1;
    const label = name ? textOf(name) : '';
    const content = isDetached ? externalContent(fields, label, external) : lastOf(fields, RAW_DATA)?.payload;
    return new Tensor(label, shape, type ? integerOf(type) : 0, fields, content, isDetached);
  }

  /** @param content Little-endian. */
  static create(name: string, shape: readonly number[], type: number, content: Part): Tensor {
    const fields = new MessageParts();
    for (const size of shape) fields.integer(1, size);
    fields.integer(2, type).text(NAME, name);
    const header = parseFields(joined(fields.parts as Uint8Array[]));
    return new Tensor(name, shape, type, header, content, true);
  }

  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  /** Bytes of the values where they are kept as bytes, 0 where not. */
  get byteLength(): number {
    return this.content?.length ?? 0;
  }

  renamed(name: string): Tensor {
    const others = this.fields.filter(({ number }) => number !== NAME);
    const fields = [...others, ...parseFields(new MessageParts().text(NAME, name).parts[0] as Uint8Array)];
    return new Tensor(name, this.shape, this.type, fields, this.content, this.isDetached);
  }

  /** The values of a tensor of float32 or float16, not to be changed. */
  async readFloats(): Promise<Float32Array> {
    const bytes = await this.readBytes();
    const isAlone = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
    const values = (isAlone ? bytes : new Uint8Array(bytes)) as Uint8Array<ArrayBuffer>;
    return decodeValues(this.type === FLOAT ? 'F32' : 'F16', values) as Float32Array;
  }

  /** The values, little-endian, of a tensor of floating point numbers or small integers. */
  async readBytes(): Promise<Uint8Array> {
    const bytes = this.content ? await readPart(this.content) : await this.listedValues();
    if (bytes.length === this.size * (BYTES_OF_TYPE[this.type] ?? 0)) return bytes;
    throw new QuantizeError(
      `The weight ${this.name} has the shape ${this.shape.join(' x ')}, but ${bytes.length} bytes of values: the file is damaged.`,
    );
  }

  /** The same tensor in float16. Values beyond its range become its largest, tiny ones its smallest: never infinite, and never zero. */
  toFloat16(name = this.name): Tensor {
    const content = {
      length: 2 * this.size,
      read: async () => new Uint8Array(halvesOf(await this.readFloats()).buffer),
    };
    return Tensor.create(name, this.shape, FLOAT16, content);
  }

  /** TensorProto with the values inside. */
  encode(): readonly Part[] {
    const parts = this.fields.flatMap((field) => field.parts);
    if (!this.isDetached) return parts;
    const header = this.fields.filter(({ number }) => number !== EXTERNAL_DATA && number !== DATA_LOCATION);
    return new MessageParts().fields(header).content(RAW_DATA, [this.content!]).parts;
  }

  /** The values, to be put into another file. */
  get values(): Part {
    return this.content!;
  }

  /** TensorProto with the place of the values in another file. */
  encodeExternal(location: string, offset: number): readonly Part[] {
    const data = [RAW_DATA, EXTERNAL_DATA, DATA_LOCATION, ...TYPED_DATA];
    const message = new MessageParts().fields(this.fields.filter(({ number }) => !data.includes(number)));
    const entry = (key: string, value: string) => new MessageParts().text(1, key).text(2, value).parts;
    message.content(EXTERNAL_DATA, entry('location', location));
    message.content(EXTERNAL_DATA, entry('offset', String(offset)));
    message.content(EXTERNAL_DATA, entry('length', String(this.byteLength)));
    return message.integer(DATA_LOCATION, 1).parts;
  }

  /** Values that are stored as a list of numbers. */
  private async listedValues(): Promise<Uint8Array> {
    if (this.type === FLOAT) {
      const fields = this.fields.filter(({ number }) => number === 4);
      return joined(await Promise.all(fields.map(({ payload }) => readPart(payload))));
    }
    const integers = integersOf(this.fields, 5);
    return new Uint8Array((this.type === FLOAT16 ? Uint16Array : Uint8Array).from(integers).buffer);
  }
}

export function isFloat({ type }: Tensor): boolean {
  return type === FLOAT || type === FLOAT16;
}

/** Piece by piece, so that memory holds little more than the values and the result. */
function halvesOf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let start = 0; start < values.length; start += PIECE) {
    const piece = values.slice(start, start + PIECE);
    for (let index = 0; index < piece.length; index++) piece[index] = withinFloat16(piece[index]!);
    halves.set(toFloat16(piece), start);
  }
  return halves;
}

const PIECE = 2 ** 16;

function withinFloat16(value: number): number {
  if (Number.isNaN(value)) throw new QuantizeError('A weight is NaN: the file is damaged, or its training failed.');
  if (value === 0) return 0;
  const magnitude = Math.min(Math.max(Math.abs(value), 2 ** -24), 65504);
  return value < 0 ? -magnitude : magnitude;
}

function externalContent(fields: readonly Field[], tensor: string, external: ExternalReader): Content {
  const entries = new Map(
    fields
      .filter(({ number }) => number === EXTERNAL_DATA)
      .map((field) => {
        const entry = parseFields(bytesOf(field));
        const [key, value] = [lastOf(entry, 1), lastOf(entry, 2)];
        return [key ? textOf(key) : '', value ? textOf(value) : ''];
      }),
  );
  const location = entries.get('location');
  if (!location) throw new QuantizeError(`The weight ${tensor} is stored outside the model, but where is not said.`);
  const number = (key: string) => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new QuantizeError(`The weight ${tensor} has the ${key} "${text}" in ${location}: the file is damaged.`);
  };
  return external(location, number('offset') ?? 0, number('length'));
}
