import { createTokenizer, type Tokenizer } from './tokenizer.js';

/** BERT's special tokens, which come first in a vocabulary for `createWordPieceTokenizer`. */
export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/**
 * A tokenizer like BERT's uncased one, for any vocabulary: text is lowercased, split at spaces and punctuation, and each
 * word becomes the longest pieces that the vocabulary holds (WordPiece, Schuster and Nakajima 2012), the later ones prefixed with `##`.
 *
 * @param vocabulary The token of each id; begins with `SPECIAL_TOKENS`. Contains each token once.
 * @throws if the vocabulary does not begin so or repeats a token.
 */
export async function createWordPieceTokenizer(vocabulary: readonly string[]): Promise<Tokenizer> {
  const ids = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  const misplaced = SPECIAL_TOKENS.find((token, id) => vocabulary[id] !== token);
  if (misplaced) throw new Error(`The vocabulary must begin with ${SPECIAL_TOKENS.join(', ')}.`);
  const repeated = vocabulary.find((token, id) => ids[token] !== id);
  if (repeated !== undefined) throw new Error(`The vocabulary contains "${repeated}" more than once.`);
  const specialTokens = Object.fromEntries(
    SPECIAL_TOKENS.map((token) => [`${token.slice(1, -1).toLowerCase()}_token`, token]),
  );
  return createTokenizer(tokenizerJson(ids), { ...specialTokens, tokenizer_class: 'BertTokenizer' });
}

/** What a `tokenizer.json` of Hugging Face holds for such a vocabulary. */
function tokenizerJson(ids: Record<string, number>): object {
  const mark = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const text = { Sequence: { id: 'A', type_id: 0 } };
  const special = Object.fromEntries(
    ['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [ids[token]], tokens: [token] }]),
  );
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content) => ({
      id: ids[content],
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [mark('[CLS]'), text, mark('[SEP]')],
      pair: [mark('[CLS]'), text, mark('[SEP]'), { Sequence: { id: 'B', type_id: 1 } }, mark('[SEP]')],
      special_tokens: special,
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: ids,
    },
  };
}
