/** The modes, by the names that transformers.js gives to a `dtype`. */
export const MODES = ['fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type Mode = (typeof MODES)[number];

/** What a mode's file adds to the model's name, as transformers.js looks for it. */
export const SUFFIXES: Readonly<Record<Mode, string>> = {
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

export interface QuantizeOptions {
  /** For q8, int8 and uint8: a scale for each column of a weight instead of one for all. @default false */
  readonly perChannel?: boolean;
  /** For q8, int8 and uint8: weights of 7 bits, for processors without VNNI, whose 8-bit products saturate. @default false */
  readonly reduceRange?: boolean;
  /** For q4 and q4f16 a power of two, 16 or more. @default 32 */
  readonly blockSize?: number;
  /** For q4 and q4f16: 4 quantizes the inputs to 8 bits when the model runs, which is faster and less exact; left out, the runtime decides. */
  readonly accuracyLevel?: 0 | 1 | 2 | 3 | 4;
  /** Names of nodes that stay as they are. */
  readonly exclude?: readonly string[];
}

export function isMode(name: string): name is Mode {
  return (MODES as readonly string[]).includes(name);
}
