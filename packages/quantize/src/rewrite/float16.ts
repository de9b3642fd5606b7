import { QuantizeError } from '../error.js';
import { Attribute, type Graph, Node } from '../format/graph.js';
import type { Model } from '../format/model.js';
import { Tensor } from '../format/tensor.js';
import { FLOAT, FLOAT16, INT32 } from '../format/types.js';
import type { ValueInfo } from '../format/value-info.js';
import { NO_TENSOR, outputTypes, UNKNOWN } from './element-types.js';
import { FLOAT32_INPUTS, FLOAT32_OPERATORS, ONNX_RUNTIME_OPERATORS, RESIZE_BEFORE_11 } from './float16-operators.js';
import { sizeArithmetic } from './size-arithmetic.js';

/**
 * Turns what is computed in float32 into float16, subgraphs included. The model's inputs and outputs stay float32, and so does what operators compute
 * that float16 does not suit: values are cast before and after.
 *
 * @param keep Names of nodes that stay in float32.
 * @returns how many weights became float16.
 * @throws {QuantizeError} if an unknown operator leaves a type open.
 */
export function useFloat16(model: Model, keep: readonly string[]): number {
  const conversion = new Conversion(model, keep);
  conversion.main(model.graph);
  return conversion.converted;
}

type Precision = 'half' | 'single';

const TYPES = { half: FLOAT16, single: FLOAT };
const OTHER: Record<Precision, Precision> = { half: 'single', single: 'half' };

/** A value of the original model. */
interface Value {
  readonly name: string;
  readonly type: number;
  /** Initializers are stored in each precision in which they are wanted. */
  readonly wanted?: Set<Precision>;
}

/** A graph while it is converted. */
class Place {
  readonly nodes: Node[] = [];
  readonly values = new Map<string, Value>();
  /** What the float values are called here, in each precision. */
  readonly names = new Map<Value, Partial<Record<Precision, string>>>();

  constructor(
    readonly graph: Graph,
    readonly parent: Place | undefined,
    /** Of the subgraph's inputs and outputs. */
    readonly boundary: Precision,
  ) {}

  find(name: string): Value | undefined {
    return this.values.get(name) ?? this.parent?.find(name);
  }

  nameOf(value: Value, precision: Precision): string | undefined {
    return this.names.get(value)?.[precision] ?? this.parent?.nameOf(value, precision);
  }
}

class Conversion {
  converted = 0;
  private readonly unique: (name: string) => string;
  private readonly opset: number;
  private readonly functions: ReadonlySet<string>;

  constructor(
    model: Model,
    private readonly keep: readonly string[],
  ) {
    this.unique = model.uniqueNames();
    this.opset = model.opset() ?? 1;
    this.functions = model.functions;
  }

  main(graph: Graph): void {
    const place = new Place(graph, undefined, 'single');
    this.declareAll(place, []);
    this.convertNodes(place);
    for (const { name } of graph.outputs) {
      const value = place.find(name);
      if (value?.type === FLOAT) this.demand(place, value, 'single');
    }
    this.finish(place);
  }

  private subgraph(graph: Graph, parent: Place, boundary: Precision, inputTypes: readonly number[]): number[] {
    const place = new Place(graph, parent, boundary);
    this.declareAll(place, inputTypes);
    this.convertNodes(place);
    const types = graph.outputs.map(({ name, type }) => place.find(name)?.type || type);
    graph.outputs = graph.outputs.map((output) => {
      const value = place.find(output.name);
      if (value?.type !== FLOAT) return output;
      return output.changed({ name: this.demand(place, value, boundary), type: TYPES[boundary] });
    });
    this.finish(place);
    return types;
  }

  /** Inputs and initializers. */
  private declareAll(place: Place, inputTypes: readonly number[]): void {
    const { graph, boundary } = place;
    const outputs = new Set(graph.outputs.map(({ name }) => name));
    const constants = graph.nodes.map((node) => floatConstant(node)).filter((tensor) => tensor !== undefined);
    graph.nodes = graph.nodes.filter((node) => !floatConstant(node));
    graph.initializers.push(...constants);
    const stored = new Set(graph.initializers.map(({ name }) => name));
    for (const tensor of graph.initializers) {
      const { name, type } = tensor;
      // An output keeps its name and type.
      const isOutput = outputs.has(name);
      const value: Value = { name, type, ...(isOutput || type !== FLOAT ? {} : { wanted: new Set() }) };
      place.values.set(name, value);
      place.names.set(value, isOutput ? { single: name } : { half: name, single: this.unique(`${name}_fp32`) });
    }
    graph.inputs = graph.inputs.filter(({ name }) => !(stored.has(name) && place.find(name)?.wanted));
    graph.inputs = graph.inputs.map((input, index) => {
      if (stored.has(input.name)) return input;
      const value = { name: input.name, type: input.type || (inputTypes[index] ?? UNKNOWN) };
      place.values.set(input.name, value);
      if (value.type !== FLOAT) return input;
      place.names.set(value, { [boundary]: input.name });
      return input.changed({ type: TYPES[boundary] });
    });
  }

  private convertNodes(place: Place): void {
    const { graph } = place;
    const declared = new Map([...graph.values, ...graph.outputs].map(({ name, type }) => [name, type]));
    const outputs = new Set(place.parent ? [] : graph.outputs.map(({ name }) => name));
    const sizes = sizeArithmetic(graph);
    for (const node of graph.nodes) {
      const inputs = node.inputs.map((name) => (name === '' ? undefined : place.find(name)));
      const inputTypes = inputs.map((value) => value?.type ?? UNKNOWN);
      const isSingle = sizes.has(node) || this.staysSingle(node, inputTypes);
      const precision: Precision = isSingle ? 'single' : 'half';
      node.inputs = node.inputs.map((name, index) => {
        const value = inputs[index];
        if (!value) return name;
        if (value.type === UNKNOWN && precision === 'half') throw unknownType(name, node, graph);
        if (value.type !== FLOAT) return name;
        const asItIs = takesEither(node) && (place.nameOf(value, 'single') ?? place.nameOf(value, 'half'));
        return asItIs && !value.wanted
          ? asItIs
          : this.demand(place, value, this.inputPrecision(node, index, precision));
      });
      const bodies = node.subgraphs.map((graph) => this.subgraph(graph, place, precision, inputTypes));
      // Of Loop's first output, the condition, only the body knows.
      const ofBody = bodies[0]?.slice(node.operator === 'Loop' ? 1 : 0);
      const types = ofBody && node.operator !== 'SequenceMap' ? ofBody : outputTypes(node, inputTypes);
      if (node.domain === '' && node.operator === 'Cast' && types[0] === FLOAT && precision === 'half') {
        const others = node.attributes.filter(({ name }) => name !== 'to');
        node.attributes = [Attribute.integer('to', FLOAT16), ...others];
      }
      // The cast below follows the node that it is for.
      place.nodes.push(node);
      node.outputs = node.outputs.map((name, index) => {
        if (name === '') return name;
        const value: Value = { name, type: declared.get(name) || types[index] || UNKNOWN };
        place.values.set(name, value);
        if (value.type !== FLOAT) return name;
        const given = FLOAT32_STATISTICS.has(node.operator) && index > 0 && index < 3 ? 'single' : precision;
        const renamed = given === 'half' && outputs.has(name) ? this.unique(`${name}_fp16`) : name;
        place.names.set(value, { [given]: renamed });
        return renamed;
      });
    }
  }

  /** Writes back what became of the graph. */
  private finish(place: Place): void {
    const { graph } = place;
    graph.nodes = place.nodes;
    graph.initializers = graph.initializers.flatMap((tensor) => {
      const value = place.values.get(tensor.name)!;
      if (!value.wanted || value.wanted.size === 0) return [tensor];
      const names = place.names.get(value)!;
      if (value.wanted.has('half')) this.converted++;
      return [
        ...(value.wanted.has('half') ? [tensor.toFloat16()] : []),
        ...(value.wanted.has('single') ? [tensor.renamed(names.single!)] : []),
      ];
    });
    graph.values = graph.values.map((info: ValueInfo) => {
      const value = place.values.get(info.name);
      const isHalf = value?.type === FLOAT && place.names.get(value)?.half === info.name;
      return isHalf ? info.changed({ type: FLOAT16 }) : info;
    });
  }

  /** The name of a value in a precision. It is cast where it is first needed. */
  private demand(place: Place, value: Value, precision: Precision): string {
    value.wanted?.add(precision);
    const known = place.nameOf(value, precision);
    if (known !== undefined) return known;
    const source = place.nameOf(value, OTHER[precision])!;
    // A float32 output of the model has its own name free.
    const isOutput = !place.parent && source !== value.name && precision === 'single';
    const name = isOutput ? value.name : this.unique(`${value.name}_${precision === 'half' ? 'fp16' : 'fp32'}`);
    const attributes = [Attribute.integer('to', TYPES[precision])];
    place.nodes.push(Node.create('Cast', [source], [name], { name: `${name}_cast`, attributes }));
    place.names.set(value, { ...place.names.get(value), [precision]: name });
    return name;
  }

  private staysSingle(node: Node, inputTypes: readonly number[]): boolean {
    const { operator, domain, name } = node;
    if (this.keep.includes(name) && name !== '') return true;
    if (this.functions.has(`${domain}:${operator}`)) return true;
    if (domain === 'com.microsoft') return !ONNX_RUNTIME_OPERATORS.has(operator);
    if (domain !== '') return true;
    if (operator === 'QuantizeLinear' || operator === 'DequantizeLinear') return this.opset < 19;
    // Sums of integer products are larger than float16 can be.
    if (operator === 'Cast' && inputTypes[0] === INT32) return true;
    return FLOAT32_OPERATORS.has(operator) || inputTypes.includes(NO_TENSOR);
  }

  private inputPrecision(node: Node, index: number, precision: Precision): Precision {
    const single = node.operator === 'Resize' && this.opset < 11 ? RESIZE_BEFORE_11 : FLOAT32_INPUTS[node.operator];
    return single?.includes(index) ? 'single' : precision;
  }
}

/** Operators whose mean and deviation stay float32. */
const FLOAT32_STATISTICS = new Set([
  'LayerNormalization',
  'SkipLayerNormalization',
  'SkipSimplifiedLayerNormalization',
  'SimplifiedLayerNormalization',
]);

/** Whether a node gives the same for an input in either precision, or for the original alone. */
function takesEither({ domain, operator, attributes }: Node): boolean {
  if (domain !== '') return false;
  if (operator === 'Cast') return attributes.find(({ name }) => name === 'to')?.integer !== FLOAT;
  return operator === 'Shape' || operator === 'Size';
}

/** The value of a Constant that holds float32. */
function floatConstant(node: Node): Tensor | undefined {
  if (node.domain !== '' || node.operator !== 'Constant') return undefined;
  const name = node.outputs[0]!;
  const tensor = node.attribute('value')?.tensor;
  if (tensor) return tensor.type === FLOAT ? tensor.renamed(name) : undefined;
  const number = node.attribute('value_float')?.float;
  const list = node.attribute('value_floats')?.floats;
  const values = number === undefined ? list : [number];
  if (!values) return undefined;
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return Tensor.create(name, number === undefined ? [values.length] : [], FLOAT, bytes);
}

function unknownType(name: string, node: Node, graph: Graph): QuantizeError {
  const producer = graph.nodes.find(({ outputs }) => outputs.includes(name));
  const from = producer ? `, which the operator ${producer.domain}:${producer.operator} gives,` : '';
  return new QuantizeError(
    `The type of "${name}"${from} is not known, so ${node.operator} cannot be turned into float16: have onnx.shape_inference write the types into the model first, or name the node ${node.name} among those to exclude.`,
  );
}
