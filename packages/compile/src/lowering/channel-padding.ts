import { GraphBuilder } from '../graph/builder.js';
import type { Node, Value } from '../graph/value.js';

/**
 * Gives convolutions that ONNX Runtime's WebGPU provider computes wrongly (github.com/microsoft/onnxruntime/issues/29651; up to 1.30 at
 * least) channels of zeros: those over 6, 9, 15, 18 … channels, a multiple of 3 and not of 4, that give a multiple of 4.
 */
export function padChannels(nodes: readonly Node[]): Node[] {
  const builder = new GraphBuilder();
  const padded = new Set<Node>();
  for (const node of nodes) {
    if (!isMiscomputed(node)) {
      padded.add(node);
      continue;
    }
    const [x, filter, ...others] = node.inputs as Value[];
    const inputs = [x!, filter!].map((value) => {
      const [outer, channels, ...sizes] = value.shape as [number, number, ...number[]];
      const missing = 4 - (channels % 4);
      // How much is added at the beginning of each axis, then at the end.
      const amounts = builder.integers([0, 0, 0, 0, 0, missing, 0, 0]);
      const larger = builder.one('Pad', [value, amounts], [outer, channels + missing, ...sizes], 'float32');
      padded.add((larger.source as { node: Node }).node);
      return larger;
    });
    padded.add({ ...node, inputs: [...inputs, ...others] });
  }
  return [...padded];
}

function isMiscomputed({ operator, inputs, attributes }: Node): boolean {
  if (operator !== 'Conv' || (attributes.group ?? 1) !== 1) return false;
  const [outChannels, channels, height, width] = inputs[1]!.shape as [number, number, number, number];
  const isRight = channels === 3 || (height === 1 && width === 1);
  return !isRight && channels % 3 === 0 && channels % 4 !== 0 && outChannels % 4 === 0;
}
