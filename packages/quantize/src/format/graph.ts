import { BinaryReader } from '@bufbuild/protobuf/wire';
import { joined, type Part } from './content.js';
import { bytesOf, type Field, integersOf, lastOf, MessageParts, parseFields, textOf } from './fields.js';
import { type ExternalReader, Tensor } from './tensor.js';
import { ValueInfo } from './value-info.js';

/** An attribute of a node. What is not asked for stays as it is. */
export class Attribute {
  private graphList: Graph[] | undefined;

  private constructor(
    readonly name: string,
    private readonly fields: readonly Field[],
    private readonly external: ExternalReader,
  ) {}

  static parse(bytes: Uint8Array, external: ExternalReader): Attribute {
    const fields = parseFields(bytes);
    const name = lastOf(fields, 1);
    return new Attribute(name ? textOf(name) : '', fields, external);
  }

  static integer(name: string, value: number): Attribute {
    return Attribute.of(new MessageParts().text(1, name).integer(3, value).integer(20, 2));
  }

  static integers(name: string, values: readonly number[]): Attribute {
    const message = new MessageParts().text(1, name);
    for (const value of values) message.integer(8, value);
    return Attribute.of(message.integer(20, 7));
  }

  get integer(): number | undefined {
    return integersOf(this.fields, 3).at(-1);
  }

  get integers(): number[] {
    return integersOf(this.fields, 8);
  }

  get float(): number | undefined {
    const field = lastOf(this.fields, 2);
    return field && new BinaryReader(bytesOf(field)).float();
  }

  get floats(): number[] {
    return this.fields
      .filter(({ number }) => number === 7)
      .flatMap((field) => {
        const reader = new BinaryReader(bytesOf(field));
        const values: number[] = [];
        while (reader.pos < reader.len) values.push(reader.float());
        return values;
      });
  }

  get tensor(): Tensor | undefined {
    const field = lastOf(this.fields, 5);
    return field && Tensor.parse(parseFields(bytesOf(field)), this.external);
  }

  /** The subgraphs, which may be changed in place. */
  get graphs(): readonly Graph[] {
    this.graphList ??= this.fields
      .filter(({ number }) => number === 6 || number === 11)
      .map((field) => Graph.parse(parseFields(bytesOf(field)), this.external));
    return this.graphList;
  }

  encode(): readonly Part[] {
    const message = new MessageParts();
    let next = 0;
    for (const field of this.fields) {
      if (field.number !== 6 && field.number !== 11) message.fields([field]);
      else message.content(field.number, this.graphs[next++]!.encode());
    }
    return message.parts;
  }

  private static of(message: MessageParts): Attribute {
    const fields = parseFields(joined(message.parts as Uint8Array[]));
    return new Attribute(textOf(lastOf(fields, 1)!), fields, () => {
      throw new Error('unreachable');
    });
  }
}

/** A node. It is written as it was read, unless one of its properties was set. */
export class Node {
  private changed = false;

  private constructor(
    private currentInputs: readonly string[],
    private currentOutputs: readonly string[],
    readonly name: string,
    readonly operator: string,
    readonly domain: string,
    private currentAttributes: readonly Attribute[],
    private readonly others: readonly Field[],
    private readonly original: readonly Field[],
  ) {}

  static parse(bytes: Uint8Array, external: ExternalReader): Node {
    const fields = parseFields(bytes);
    const texts = (number: number) => fields.filter((field) => field.number === number).map(textOf);
    const attributes = fields
      .filter(({ number }) => number === 5)
      .map((field) => Attribute.parse(bytesOf(field), external));
    const domain = texts(7).at(-1) ?? '';
    return new Node(
      texts(1),
      texts(2),
      texts(3).at(-1) ?? '',
      texts(4).at(-1) ?? '',
      domain === 'ai.onnx' ? '' : domain,
      attributes,
      fields.filter(({ number }) => ![1, 2, 5].includes(number)),
      fields,
    );
  }

  static create(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    { name = '', domain = '', attributes = [] as readonly Attribute[] } = {},
  ): Node {
    const message = new MessageParts();
    if (name !== '') message.text(3, name);
    message.text(4, operator);
    if (domain !== '') message.text(7, domain);
    const others = parseFields(joined(message.parts as Uint8Array[]));
    const node = new Node(inputs, outputs, name, operator, domain, attributes, others, []);
    node.changed = true;
    return node;
  }

  get inputs(): readonly string[] {
    return this.currentInputs;
  }

  set inputs(names: readonly string[]) {
    this.changed ||= names.some((name, index) => name !== this.currentInputs[index]);
    this.currentInputs = names;
  }

  get outputs(): readonly string[] {
    return this.currentOutputs;
  }

  set outputs(names: readonly string[]) {
    this.changed ||= names.some((name, index) => name !== this.currentOutputs[index]);
    this.currentOutputs = names;
  }

  get attributes(): readonly Attribute[] {
    return this.currentAttributes;
  }

  set attributes(attributes: readonly Attribute[]) {
    this.changed = true;
    this.currentAttributes = attributes;
  }

  attribute(name: string): Attribute | undefined {
    return this.attributes.find((attribute) => attribute.name === name);
  }

  get subgraphs(): readonly Graph[] {
    return this.attributes.flatMap(({ graphs }) => graphs);
  }

  /** NodeProto. */
  encode(): readonly Part[] {
    if (!this.changed && this.subgraphs.length === 0) return this.original.flatMap(({ parts }) => parts);
    const message = new MessageParts();
    for (const input of this.inputs) message.text(1, input);
    for (const output of this.outputs) message.text(2, output);
    message.fields(this.others.filter(({ number }) => number < 5));
    for (const attribute of this.attributes) message.content(5, attribute.encode());
    return message.fields(this.others.filter(({ number }) => number > 5)).parts;
  }
}

/** Fields of GraphProto. */
const NODE = 1;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;
const READ = [NODE, INITIALIZER, INPUT, OUTPUT, VALUE_INFO];

/** A graph, which is changed in place. */
export class Graph {
  nodes: Node[] = [];
  initializers: Tensor[] = [];
  inputs: ValueInfo[] = [];
  outputs: ValueInfo[] = [];
  values: ValueInfo[] = [];
  private others: readonly Field[] = [];

  /** @param fields Of an initializer the values need not be in memory, see `Tensor`. */
  static parse(fields: readonly Field[], external: ExternalReader, initializers?: readonly Tensor[]): Graph {
    const graph = new Graph();
    const each = <T>(number: number, parse: (bytes: Uint8Array) => T) =>
      fields.filter((field) => field.number === number).map((field) => parse(bytesOf(field)));
    graph.nodes = each(NODE, (bytes) => Node.parse(bytes, external));
    graph.initializers = [
      ...(initializers ?? each(INITIALIZER, (bytes) => Tensor.parse(parseFields(bytes), external))),
    ];
    graph.inputs = each(INPUT, ValueInfo.parse);
    graph.outputs = each(OUTPUT, ValueInfo.parse);
    graph.values = each(VALUE_INFO, ValueInfo.parse);
    graph.others = fields.filter(({ number }) => !READ.includes(number));
    return graph;
  }

  /** GraphProto, its fields in the order of their numbers, as every writer puts them. */
  encode(encodeInitializer = (tensor: Tensor) => tensor.encode()): readonly Part[] {
    const message = new MessageParts();
    const others = (from: number, to: number) =>
      message.fields(this.others.filter(({ number }) => number > from && number < to));
    for (const node of this.nodes) message.content(NODE, node.encode());
    others(NODE, INITIALIZER);
    for (const tensor of this.initializers) message.content(INITIALIZER, encodeInitializer(tensor));
    others(INITIALIZER, INPUT);
    for (const input of this.inputs) message.content(INPUT, input.encode());
    for (const output of this.outputs) message.content(OUTPUT, output.encode());
    for (const value of this.values) message.content(VALUE_INFO, value.encode());
    others(VALUE_INFO, Number.POSITIVE_INFINITY);
    return message.parts;
  }
}

/** A graph and those inside it, the outer first. */
export function withSubgraphs(graph: Graph): Graph[] {
  return [graph, ...graph.nodes.flatMap((node) => node.subgraphs.flatMap(withSubgraphs))];
}
