import { Attribute, type Graph, Node } from '../format/graph.js';
import type { Model } from '../format/model.js';
import { Tensor } from '../format/tensor.js';
import { FLOAT, UINT8 } from '../format/types.js';
import type { Constant } from './constants.js';
import { derived, remembered } from './derived.js';
import { type EightBitOptions, quantizeEightBit } from './eight-bit.js';
import { transpose } from './matrices.js';
import { replaceNodes, type Weight } from './products.js';

/**
 * Products of float32 in 8 bits: the input is quantized when the model runs (DynamicQuantizeLinear), multiplied by the quantized weight
 * (MatMulInteger), and multiplied by both scales. Tables of Gather are kept in 8 bits too.
 * @returns how many nodes were replaced.
 */
export function useIntegerProducts(model: Model, options: EightBitOptions, exclude: readonly string[]): number {
  const unique = model.uniqueNames();
  const weights = new Map<Graph, Map<string, Names>>();
  const inputs = new Map<Graph, Map<string, Names>>();

  /** The quantized weight, in the graph where the weight is. */
  const quantized = (weight: Constant & Partial<Weight>, { type, perChannel, reduceRange }: EightBitOptions): Names => {
    const { tensor, transposed, owner, factor = 1 } = weight;
    const key = `${tensor.name} ${transposed} ${factor} ${type} ${perChannel}`;
    return remembered(weights, owner, key, () => {
      const names = namesFrom(tensor.name, unique);
      const shape = transposed ? [...tensor.shape].reverse() : tensor.shape;
      const columns = shape.at(-1)!;
      const channels = perChannel ? [columns] : [];
      const count = perChannel ? columns : 1;
      const [values, scales, zeroPoints] = derived([tensor.size, 4 * count, count], async () => {
        const floats = await tensor.readFloats();
        const ordered = transposed ? transpose(floats, columns, shape[0]!) : floats;
        const result = quantizeEightBit(ordered, columns, { type, perChannel, reduceRange });
        return [result.values, result.scales.map((scale) => scale * factor), result.zeroPoints];
      });
      owner.initializers.push(
        Tensor.create(names.values, shape, type, values!),
        Tensor.create(names.scale, channels, FLOAT, scales!),
        Tensor.create(names.zeroPoint, channels, type, zeroPoints!),
      );
      return names;
    });
  };

  return replaceNodes(
    model,
    {
      product({ input, output, name, weight }, graph) {
        if (weight.tensor.type !== FLOAT) return undefined;
        const nodes: Node[] = [];
        const named = (suffix: string) => ({ name: name === '' ? '' : `${name}_${suffix}` });
        // Products of one input share it in 8 bits.
        const x = remembered(inputs, graph, input, () => {
          const names = namesFrom(input, unique);
          const outputs = [names.values, names.scale, names.zeroPoint];
          nodes.push(
            Node.create('DynamicQuantizeLinear', [input], outputs, { name: unique(`${input}_QuantizeLinear`) }),
          );
          return names;
        });
        // Columns of several matrices have no scale of their own in MatMulInteger.
        const perChannel = options.perChannel && weight.batch.length === 0;
        const w = quantized(weight, { ...options, perChannel });
        const [integers, floats, scale] = ['integers', 'floats', 'scale'].map((suffix) =>
          unique(`${output}_${suffix}`),
        );
        nodes.push(
          Node.create('MatMulInteger', [x.values, w.values, x.zeroPoint, w.zeroPoint], [integers!], named('quant')),
          Node.create('Cast', [integers!], [floats!], {
            ...named('cast'),
            attributes: [Attribute.integer('to', FLOAT)],
          }),
          Node.create('Mul', [x.scale, w.scale], [scale!], named('scales_mul')),
          Node.create('Mul', [floats!, scale!], [output], named('output_scale_mul')),
        );
        return nodes;
      },
      gather(node, table) {
        if (table.tensor.type !== FLOAT || table.tensor.shape.length < 2) return undefined;
        const w = quantized(table, TABLE);
        const found = unique(`${node.outputs[0]}_quantized`);
        const gather = Node.create('Gather', [w.values, node.inputs[1]!], [found], node);
        const name = node.name === '' ? '' : `${node.name}_dequantize`;
        return [gather, Node.create('DequantizeLinear', [found, w.scale, w.zeroPoint], [...node.outputs], { name })];
      },
    },
    exclude,
  );
}

/** Tables are looked up, not multiplied: from the smallest value to the largest they are the most exact. */
const TABLE: EightBitOptions = { type: UINT8, perChannel: false, reduceRange: false };

interface Names {
  readonly values: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

function namesFrom(name: string, unique: (name: string) => string): Names {
  return {
    values: unique(`${name}_quantized`),
    scale: unique(`${name}_scale`),
    zeroPoint: unique(`${name}_zero_point`),
  };
}
