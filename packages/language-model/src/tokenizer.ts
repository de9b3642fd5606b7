import type { PreTrainedTokenizer } from '@huggingface/transformers';
import type { Pretrained } from '@llm-mde/checkpoints';

export interface TokenizeOptions {
  /** Put the model's own marks around the text, [CLS] and [SEP] for BERT. @default true */
  addSpecialTokens?: boolean;
  /** Cut each text to this many tokens, marks included. @default no limit */
  maximumLength?: number;
}

export interface TokenizedBatch {
  /** Token ids, padded on the right to the longest text: one row per text. */
  inputIds: number[][];
  /** 1 for a token, 0 for padding. */
  attentionMask: number[][];
}

/** Texts to token ids and back: transformers.js' tokenizer, with a batch as plain numbers. */
export class Tokenizer {
  constructor(
    /** The transformers.js tokenizer itself, for everything else that it can do. */
    readonly pretrained: PreTrainedTokenizer,
  ) {}

  /** Tokenizes one or more texts. */
  tokenize(texts: readonly string[], { addSpecialTokens = true, maximumLength }: TokenizeOptions = {}): TokenizedBatch {
    const encoded = this.pretrained([...texts], {
      add_special_tokens: addSpecialTokens,
      padding: true,
      truncation: maximumLength !== undefined,
      max_length: maximumLength ?? null,
      return_tensor: false,
    }) as unknown as { input_ids: number[][]; attention_mask: number[][] };
    return { inputIds: encoded.input_ids, attentionMask: encoded.attention_mask };
  }

  /** The token of each id, as the vocabulary spells it. */
  tokens(ids: readonly number[]): string[] {
    return ids.map((id) =>
      this.pretrained.decode([id], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
    );
  }

  /** The text of a sequence of ids, without the model's own marks. */
  decode(ids: readonly number[]): string {
    return this.pretrained.decode([...ids], { skip_special_tokens: true });
  }
}

/** Loads the tokenizer of a checkpoint. transformers.js is imported only here: it is large, and not everybody needs words. */
export async function loadTokenizer(pretrained: Pick<Pretrained, 'name' | 'folder' | 'revision'>): Promise<Tokenizer> {
  const { AutoTokenizer } = await import('@huggingface/transformers');
  const tokenizer = pretrained.folder
    ? await AutoTokenizer.from_pretrained(pretrained.folder, { local_files_only: true })
    : await AutoTokenizer.from_pretrained(pretrained.name, { revision: pretrained.revision ?? 'main' });
  return new Tokenizer(tokenizer);
}
