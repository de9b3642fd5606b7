import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { ByteSource } from '@llm-mde/checkpoints';
import { QuantizeError } from '../error.js';
import { type Part, type Range, rangeOf } from './content.js';
import { bytesOf, type Field, integerOf, lastOf, MessageParts, parseFields, textOf } from './fields.js';
import { Graph, withSubgraphs } from './graph.js';
import { type ExternalReader, Tensor } from './tensor.js';

/** More than this many bytes of a weight stay in the file until they are needed. */
const IN_MEMORY = 4096;
/** The largest file that protocol buffers can read. */
export const LARGEST_FILE = 2 ** 31 - 1;
/** From this version on weights need not be inputs. */
const IR_VERSION = 4;

/** An ONNX model, of which only the structure is in memory. It is changed in place. */
export class Model {
  private constructor(
    readonly graph: Graph,
    private readonly before: readonly Field[],
    private readonly after: readonly Field[],
    private readonly opsets: Map<string, number>,
  ) {}

  /**
   * @param name Of the file, for messages.
   * @throws {QuantizeError} if the file is truncated, damaged, or no ONNX model.
   */
  static async read(source: ByteSource, name: string, external: ExternalReader): Promise<Model> {
    if (source.size > LARGEST_FILE) {
      throw new QuantizeError(
        `${name} has ${source.size} bytes, more than the 2 GB that an ONNX file can have: save the model with external data.`,
      );
    }
    await refuseOthers(source, name);
    const scan = new Scanner(source, name);
    const fields = await scan.fields(0, source.size);
    const graphField = lastOf(fields, 7);
    const opsets = new Map<string, number>();
    for (const field of fields.filter(({ number }) => number === 8)) {
      const entry = parseFields(bytesOf(field));
      const [domain, version] = [lastOf(entry, 1), lastOf(entry, 2)];
      const label = domain ? textOf(domain) : '';
      opsets.set(label === 'ai.onnx' ? '' : label, version ? integerOf(version) : 1);
    }
    if (!graphField || !lastOf(fields, 1) || opsets.size === 0) {
      throw new QuantizeError(`${name} is not an ONNX model: it has no graph, or no version.`);
    }
    const graph = await scan.graph(graphField, external);
    const small: Field[] = [];
    for (const field of fields.filter(({ number }) => ![7, 8].includes(number))) small.push(await inMemory(field));
    return new Model(
      graph,
      small.filter(({ number }) => number < 7),
      small.filter(({ number }) => number > 8),
      opsets,
    );
  }

  /** The version of a set of operators, '' for ONNX's own; undefined if the model does not use it. */
  opset(domain = ''): number | undefined {
    return this.opsets.get(domain);
  }

  useDomain(domain: string, version = 1): void {
    if (!this.opsets.has(domain)) this.opsets.set(domain, version);
  }

  /** Operators that the model defines itself, as `domain:name`. */
  get functions(): ReadonlySet<string> {
    const functions = this.after.filter(({ number }) => number === 25);
    return new Set(
      functions.map((field) => {
        const entry = parseFields(bytesOf(field));
        const text = (number: number) => {
          const found = lastOf(entry, number);
          return found ? textOf(found) : '';
        };
        return `${text(10)}:${text(1)}`;
      }),
    );
  }

  /** ModelProto. */
  encode(encodeInitializer?: (tensor: Tensor) => readonly Part[]): readonly Part[] {
    const message = new MessageParts();
    for (const field of this.before) {
      if (field.number === 1 && integerOf(field) < IR_VERSION) message.integer(1, IR_VERSION);
      else message.fields([field]);
    }
    message.content(7, this.graph.encode(encodeInitializer));
    for (const [domain, version] of this.opsets) {
      message.content(8, new MessageParts().text(1, domain).integer(2, version).parts);
    }
    return message.fields(this.after).parts;
  }

  /** A function that gives names that no value of the model has yet. */
  uniqueNames(): (name: string) => string {
    const taken = new Set<string>();
    for (const graph of withSubgraphs(this.graph)) {
      for (const { name } of [...graph.initializers, ...graph.inputs, ...graph.outputs]) taken.add(name);
      for (const { inputs, outputs } of graph.nodes) for (const name of [...inputs, ...outputs]) taken.add(name);
    }
    return (name) => {
      let unique = name;
      for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`;
      taken.add(unique);
      return unique;
    };
  }
}

async function refuseOthers(source: ByteSource, name: string): Promise<void> {
  const start = new TextDecoder('latin1').decode(await source.read(0, Math.min(64, source.size)));
  if (source.size === 0) throw new QuantizeError(`${name} is empty.`);
  if (start.startsWith('version https://git-lfs')) {
    throw new QuantizeError(`${name} is a pointer of Git LFS, not the model: fetch the file with git lfs pull.`);
  }
}

/** Reads a file's structure through a window, passing over the weights. */
class Scanner {
  private window: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };

  constructor(
    private readonly source: ByteSource,
    private readonly name: string,
  ) {}

  /** The fields from one place to another. Long ones are left in the file. */
  async fields(start: number, end: number): Promise<Field[]> {
    const fields: Field[] = [];
    for (let at = start; at < end; ) {
      const header = await this.bytes(at, Math.min(20, end - at));
      const { number, wireType, headerLength, length } = this.header(header, at);
      const total = headerLength + length;
      if (at + total > end) {
        throw new QuantizeError(
          end === this.source.size || at + total > this.source.size
            ? `${this.name} is truncated: a part of it ends at byte ${at + total}, but it has ${this.source.size}. Download or copy it again.`
            : `${this.name} is damaged: at byte ${at} a part is longer than what it belongs to.`,
        );
      }
      if (total <= IN_MEMORY) {
        const encoded = (await this.bytes(at, total)).slice();
        fields.push({ number, wireType, parts: [encoded], payload: encoded.subarray(headerLength) });
      } else {
        const payload = rangeOf(this.source, at + headerLength, length, this.name);
        const tag = header.slice(0, headerLength);
        fields.push({ number, wireType, parts: [tag, payload], payload });
      }
      at += total;
    }
    return fields;
  }

  /** A graph whose weights stay in the file; the rest is read. */
  async graph(field: Field, external: ExternalReader): Promise<Graph> {
    const fields: Field[] = [];
    const initializers: Tensor[] = [];
    for (const each of await this.within(field)) {
      if (each.number === 5) initializers.push(Tensor.parse(await this.within(each), external));
      else fields.push(await inMemory(each));
    }
    return Graph.parse(fields, external, initializers);
  }

  private async within({ payload }: Field): Promise<Field[]> {
    if (payload instanceof Uint8Array) return parseFields(payload);
    const { offset, length } = payload as Range;
    return this.fields(offset, offset + length);
  }

  private header(bytes: Uint8Array, at: number) {
    const reader = new BinaryReader(bytes);
    try {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) {
        const length = reader.uint32();
        return { number, wireType, headerLength: reader.pos, length };
      }
      const headerLength = reader.pos;
      reader.skip(wireType, number);
      return { number, wireType, headerLength, length: reader.pos - headerLength };
    } catch (error) {
      const cause = (error as Error).message;
      throw new QuantizeError(
        at === 0
          ? `${this.name} is not an ONNX model.`
          : `${this.name} is not an ONNX model, or it is damaged at byte ${at} (${cause}).`,
      );
    }
  }

  private async bytes(offset: number, length: number): Promise<Uint8Array> {
    const { start, bytes } = this.window;
    if (offset < start || offset + length > start + bytes.length) {
      const wanted = Math.min(Math.max(length, 2 ** 17), this.source.size - offset);
      this.window = { start: offset, bytes: await this.source.read(offset, wanted) };
    }
    const from = offset - this.window.start;
    return this.window.bytes.subarray(from, from + length);
  }
}

async function inMemory(field: Field): Promise<Field> {
  if (field.payload instanceof Uint8Array) return field;
  const payload = await field.payload.read();
  return { ...field, parts: [field.parts[0]!, payload], payload };
}
