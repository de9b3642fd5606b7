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
    const sequences = texts.map((text) => {
      const ids = this.pretrained.encode(text, { add_special_tokens: addSpecialTokens });
      return maximumLength !== undefined && ids.length > maximumLength ? this.cut(text, ids, maximumLength) : ids;
    });
    const longest = Math.max(0, ...sequences.map((ids) => ids.length));
    const padding = (ids: number[]) => new Array<number>(longest - ids.length);
    return {
      inputIds: sequences.map((ids) => [...ids, ...padding(ids).fill(this.padTokenId)]),
      attentionMask: sequences.map((ids) => [...ids.map(() => 1), ...padding(ids).fill(0)]),
    };
  }

  /** What the shorter texts of a batch are filled with. */
  get padTokenId(): number {
    return this.pretrained.pad_token_id ?? 0;
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

  /** Shortens a text but keeps the marks around it, as the Python tokenizers do; transformers.js 4 would cut the last mark off. */
  private cut(text: string, ids: number[], maximumLength: number): number[] {
    const content = this.pretrained.encode(text, { add_special_tokens: false });
    const start = ids.findIndex((_, from) => content.every((id, index) => id === ids[from + index]));
    const kept = maximumLength - (ids.length - content.length);
    if (kept < 0)
      throw new Error(`A maximumLength of ${maximumLength} leaves no room for the special tokens around a text.`);
    return [...ids.slice(0, start), ...content.slice(0, kept), ...ids.slice(start + content.length)];
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
