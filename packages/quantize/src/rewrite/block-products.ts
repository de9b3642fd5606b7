import { toFloat16 } from '@llm-mde/checkpoints';
import { Attribute, type Graph, Node } from '../format/graph.js';
import type { Model } from '../format/model.js';
import { isFloat, Tensor } from '../format/tensor.js';
import { FLOAT, UINT8 } from '../format/types.js';
import { derived, remembered } from './derived.js';
import { type FourBitValues, quantizeBlocks, quantizeNormalFloat } from './four-bit.js';
import { transpose } from './matrices.js';
import { replaceNodes, type Weight } from './products.js';

/** ONNX Runtime's own operators. */
const DOMAIN = 'com.microsoft';

interface BlockFormat {
  readonly operator: string;
  /** What the names of the packed weight and of its scales end in. */
  readonly suffix: string;
  readonly scalesSuffix: string;
  packedShape(weight: Weight): number[];
  scalesShape(weight: Weight): number[];
  quantize(transposed: Float32Array, weight: Weight): FourBitValues;
  attributes(weight: Weight): Attribute[];
}

/** Weights of MatMulNBits: 4-bit integers around zero, a scale for each block of the input's dimension. */
export function useNBits(
  model: Model,
  options: { blockSize: number; accuracyLevel?: number },
  exclude: readonly string[],
) {
  const { blockSize, accuracyLevel } = options;
  const blocks = ({ rows }: Weight) => Math.ceil(rows / blockSize);
  return useBlocks(
    model,
    {
      operator: 'MatMulNBits',
      suffix: 'Q4',
      scalesSuffix: 'scales',
      packedShape: (weight) => [weight.columns, blocks(weight), blockSize / 2],
      scalesShape: (weight) => [weight.columns, blocks(weight)],
      quantize: (transposed, { rows }) => quantizeBlocks(transposed, rows, blockSize),
      attributes: ({ rows, columns }) => [
        Attribute.integer('K', rows),
        Attribute.integer('N', columns),
        Attribute.integer('bits', 4),
        Attribute.integer('block_size', blockSize),
        ...(accuracyLevel === undefined ? [] : [Attribute.integer('accuracy_level', accuracyLevel)]),
      ],
    },
    exclude,
  );
}

/** Weights of MatMulBnb4, in 4-bit NormalFloat. */
export function useNormalFloat(model: Model, { blockSize }: { blockSize: number }, exclude: readonly string[]) {
  return useBlocks(
    model,
    {
      operator: 'MatMulBnb4',
      suffix: 'Bnb4',
      scalesSuffix: 'absmax',
      packedShape: ({ rows, columns }) => [Math.ceil((rows * columns) / 2)],
      scalesShape: ({ rows, columns }) => [Math.ceil((rows * columns) / blockSize)],
      quantize: (transposed) => quantizeNormalFloat(transposed, blockSize),
      attributes: ({ rows, columns }) => [
        Attribute.integer('K', rows),
        Attribute.integer('N', columns),
        Attribute.integer('block_size', blockSize),
        Attribute.integer('quant_type', 1),
      ],
    },
    exclude,
  );
}

/** @returns how many nodes were replaced. */
function useBlocks(model: Model, format: BlockFormat, exclude: readonly string[]): number {
  const unique = model.uniqueNames();
  const weights = new Map<Graph, Map<string, { packed: string; scales: string }>>();
  const quantized = (weight: Weight) => {
    const { tensor, transposed, owner, factor, rows, columns } = weight;
    return remembered(weights, owner, `${tensor.name} ${transposed} ${factor}`, () => {
      const names = {
        packed: unique(`${tensor.name}_${format.suffix}`),
        scales: unique(`${tensor.name}_${format.scalesSuffix}`),
      };
      const [packedShape, scalesShape] = [format.packedShape(weight), format.scalesShape(weight)];
      const bytes = tensor.type === FLOAT ? 4 : 2;
      const [packed, scales] = derived([sizeOf(packedShape), bytes * sizeOf(scalesShape)], async () => {
        const floats = await tensor.readFloats();
        const result = format.quantize(transposed ? floats : transpose(floats, rows, columns), weight);
        const scaled = factor === 1 ? result.scales : result.scales.map((scale) => scale * factor);
        return [result.packed, tensor.type === FLOAT ? scaled : toFloat16(scaled)];
      });
      owner.initializers.push(
        Tensor.create(names.packed, packedShape, UINT8, packed!),
        Tensor.create(names.scales, scalesShape, tensor.type, scales!),
      );
      return names;
    });
  };
  const count = replaceNodes(
    model,
    {
      product({ input, output, name, weight }) {
        if (!isFloat(weight.tensor) || weight.batch.length > 0) return undefined;
        const { packed, scales } = quantized(weight);
        const attributes = format.attributes(weight);
        const named = name === '' ? '' : `${name}_${format.suffix}`;
        return [
          Node.create(format.operator, [input, packed, scales], [output], { name: named, domain: DOMAIN, attributes }),
        ];
      },
    },
    exclude,
  );
  if (count > 0) model.useDomain(DOMAIN);
  return count;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
