import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { QuantizeError } from '../error.js';
import { lengthOf, type Part } from './content.js';

/** A field of a message in protocol buffers' wire format, as it stands in the file. */
export interface Field {
  readonly number: number;
  readonly wireType: WireType;
  /** The whole field with its tag. */
  readonly parts: readonly Part[];
  /** What comes after the tag and the length. */
  readonly payload: Part;
}

/** The fields of a message in memory. */
export function parseFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < bytes.length) {
      const start = reader.pos;
      const [number, wireType] = reader.tag();
      let from = reader.pos;
      if (wireType === WireType.LengthDelimited) {
        const length = reader.uint32();
        from = reader.pos;
        reader.pos += length;
      } else reader.skip(wireType, number);
      if (reader.pos > bytes.length) throw new RangeError('a field is longer than its message');
      fields.push({
        number,
        wireType,
        parts: [bytes.subarray(start, reader.pos)],
        payload: bytes.subarray(from, reader.pos),
      });
    }
  } catch (error) {
    throw new QuantizeError(
      `The file is not an ONNX model, or it is damaged: a part of it is not in protocol buffers' format (${(error as Error).message}).`,
    );
  }
  return fields;
}

/** Fields one after the other, some of whose bytes may not be in memory. */
export class MessageParts {
  readonly parts: Part[] = [];

  integer(number: number, value: number | bigint): this {
    return this.push(new BinaryWriter().tag(number, WireType.Varint).int64(value).finish());
  }

  float(number: number, value: number): this {
    return this.push(new BinaryWriter().tag(number, WireType.Bit32).float(value).finish());
  }

  text(number: number, text: string): this {
    return this.push(new BinaryWriter().tag(number, WireType.LengthDelimited).string(text).finish());
  }

  /** A field of bytes, or of a message. */
  content(number: number, parts: readonly Part[]): this {
    const header = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(lengthOf(parts)).finish();
    return this.push(header, ...parts);
  }

  /** Fields as they are. */
  fields(fields: readonly Field[]): this {
    for (const field of fields) this.push(...field.parts);
    return this;
  }

  private push(...parts: readonly Part[]): this {
    for (const part of parts) this.parts.push(part);
    return this;
  }
}

/** A payload that is known to be in memory. */
export function bytesOf({ payload }: Field): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  throw new QuantizeError('The file is not an ONNX model, or it is damaged: a name or a number takes many kilobytes.');
}

export function textOf(field: Field): string {
  return new TextDecoder().decode(bytesOf(field));
}

export function integerOf(field: Field): number {
  return Number(new BinaryReader(bytesOf(field)).int64());
}

/** The numbers of a repeated field, packed or not. */
export function integersOf(fields: readonly Field[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap((field) => {
      if (field.wireType === WireType.Varint) return [integerOf(field)];
      const reader = new BinaryReader(bytesOf(field));
      const values: number[] = [];
      while (reader.pos < reader.len) values.push(Number(reader.int64()));
      return values;
    });
}

/** The last field of a number counts. */
export function lastOf(fields: readonly Field[], number: number): Field | undefined {
  return fields.findLast((field) => field.number === number);
}
