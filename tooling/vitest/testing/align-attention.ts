interface Weights {
  size: number;
  value: { dataSync(): Float32Array | Int32Array | Uint8Array };
  load(values: ArrayLike<number>): void;
}

interface Projection {
  outFeatures: number;
  weight: Weights;
  bias?: Weights | undefined;
}

/**
 * Gives a reprogramming module attention that depends on the patch by more than chance: its queries and keys meet in two features of each head, which
 * are so many times as strong, and have nothing in the others.
 */
export function alignAttention(
  { query, key, headFeatures }: { query: Projection; key: Projection; headFeatures: number },
  strength: number,
): void {
  for (const { weight, bias, outFeatures } of [query, key]) {
    for (const parameter of [weight, bias!]) {
      const perFeature = parameter.size / outFeatures;
      const isUsed = (index: number) => Math.floor(index / perFeature) % headFeatures < 2;
      parameter.load(
        Float32Array.from(parameter.value.dataSync(), (value, index) => (isUsed(index) ? strength * value : 0)),
      );
    }
  }
}
