import { joined } from './content.js';
import { bytesOf, type Field, integerOf, lastOf, MessageParts, parseFields, textOf } from './fields.js';

/** A size of a shape: a number, a name, or nothing known. */
export type Dimension = number | string | undefined;

/** The name and type of an input, an output, or a value between. */
export class ValueInfo {
  private constructor(
    readonly name: string,
    /** The number of its element type; 0 if it is not known, or is no tensor. */
    readonly type: number,
    readonly shape: readonly Dimension[] | undefined,
    private readonly fields: readonly Field[],
  ) {}

  static parse(bytes: Uint8Array): ValueInfo {
    const fields = parseFields(bytes);
    const [name, typeField] = [lastOf(fields, 1), lastOf(fields, 2)];
    const tensor = typeField && lastOf(parseFields(bytesOf(typeField)), 1);
    const tensorFields = tensor ? parseFields(bytesOf(tensor)) : [];
    const [type, shape] = [lastOf(tensorFields, 1), lastOf(tensorFields, 2)];
    return new ValueInfo(
      name ? textOf(name) : '',
      type ? integerOf(type) : 0,
      shape &&
        parseFields(bytesOf(shape))
          .filter(({ number }) => number === 1)
          .map(parseDimension),
      fields,
    );
  }

  encode(): Uint8Array[] {
    return this.fields.map(({ parts }) => parts[0] as Uint8Array);
  }

  /** With another name, another element type, or both. */
  changed({ name = this.name, type = this.type }): ValueInfo {
    const message = new MessageParts().text(1, name);
    for (const field of this.fields) {
      if (field.number === 1) continue;
      if (field.number !== 2 || type === this.type) message.fields([field]);
      else message.content(2, withElementType(parseFields(bytesOf(field)), type));
    }
    return ValueInfo.parse(joined(message.parts as Uint8Array[]));
  }
}

function withElementType(typeFields: readonly Field[], type: number) {
  const message = new MessageParts();
  for (const field of typeFields) {
    if (field.number !== 1) {
      message.fields([field]);
      continue;
    }
    const others = parseFields(bytesOf(field)).filter(({ number }) => number !== 1);
    message.content(1, new MessageParts().integer(1, type).fields(others).parts);
  }
  return message.parts;
}

function parseDimension(field: Field): Dimension {
  const fields = parseFields(bytesOf(field));
  const [size, name] = [lastOf(fields, 1), lastOf(fields, 2)];
  if (size) return integerOf(size);
  return name && textOf(name);
}
