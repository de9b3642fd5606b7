import { describe, expect, it } from 'vitest';
import { createWordPieceTokenizer, SPECIAL_TOKENS } from './word-piece-tokenizer.js';

describe('createWordPieceTokenizer', () => {
  it('splits words into the longest pieces', async () => {
    const tokenizer = await createWordPieceTokenizer([...SPECIAL_TOKENS, 'depth', '##s', 'of', 'room', '.']);
    expect(tokenizer.encode('Depths of ROOM.')).toEqual([2, 5, 6, 7, 8, 9, 3]);
    expect(tokenizer.encode('castle')).toEqual([2, 1, 3]);
    expect(tokenizer.tokens([5, 6])).toEqual(['depth', '##s']);
    expect(tokenizer.padTokenId).toBe(0);
  });

  it('refuses a vocabulary without the special tokens, or with a token twice', async () => {
    await expect(createWordPieceTokenizer(['depth'])).rejects.toThrow(
      'must begin with [PAD], [UNK], [CLS], [SEP], [MASK].',
    );
    await expect(createWordPieceTokenizer([...SPECIAL_TOKENS, 'a', 'a'])).rejects.toThrow(
      'contains "a" more than once.',
    );
  });
});
