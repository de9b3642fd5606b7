export interface PadPromptsOptions {
  /** The id that fills the shorter rows: a tokenizer's `padTokenId`, 0 for BERT. */
  padTokenId: number;
  /**
   * Round the length up to a multiple of this. A compiled model has one graph for each shape, so fewer lengths are fewer graphs.
   * @default 1
   */
  multipleOf?: number;
  /** Pad to this many tokens at least: as many as the longest prompt has that may come. @default 0 */
  minimumLength?: number;
}

export interface PaddedPrompts {
  /** Token ids, [B, P]: one row per prompt, all of the same length. */
  inputIds: number[][];
  /** [B, P]: 1 for a token, 0 for padding. */
  attentionMask: number[][];
}

/**
 * Makes the prompts of a batch equally long: pads on the right and masks the padding.
 *
 * In the model the prompt comes before the image tokens, so this mask comes before as many ones, and no token attends to the padding.
 * P also decides at which position the image tokens begin. With the length of the longest prompt that may come (see `longestPrompt`) for
 * `minimumLength`, it is the same for every batch, in training and after.
 *
 * @param prompts the token ids of each prompt, without padding; lengths may differ, and a prompt may be empty.
 * @returns ids and mask, both [B, P], where P is the longest prompt's length, or `minimumLength` if that is more, rounded up to `multipleOf`.
 * @throws RangeError if an option or a token id is not a whole number in range.
 */
export function padPrompts(
  prompts: readonly (readonly number[])[],
  { padTokenId, multipleOf = 1, minimumLength = 0 }: PadPromptsOptions,
): PaddedPrompts {
  if (!Number.isInteger(padTokenId) || padTokenId < 0) {
    throw new RangeError(`padTokenId must be a whole number from 0, got ${padTokenId}: take it from the tokenizer.`);
  }
  if (!Number.isInteger(multipleOf) || multipleOf < 1) {
    throw new RangeError(`multipleOf must be a whole number from 1, got ${multipleOf}.`);
  }
  if (!Number.isInteger(minimumLength) || minimumLength < 0) {
    throw new RangeError(`minimumLength must be a whole number from 0, got ${minimumLength}.`);
  }
  const longest = prompts.reduce((length, prompt) => Math.max(length, prompt.length), minimumLength);
  const length = Math.ceil(longest / multipleOf) * multipleOf;
  return {
    inputIds: prompts.map((prompt, row) =>
      Array.from({ length }, (_, position) => (position < prompt.length ? tokenId(prompt, row, position) : padTokenId)),
    ),
    attentionMask: prompts.map((prompt) => Array.from({ length }, (_, position) => (position < prompt.length ? 1 : 0))),
  };
}

function tokenId(prompt: readonly number[], row: number, position: number): number {
  const id = prompt[position]!;
  if (!Number.isInteger(id) || id < 0) {
    throw new RangeError(`Token ${position} of prompt ${row} must be a whole number from 0, got ${id}.`);
  }
  return id;
}
