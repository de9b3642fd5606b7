import { type PretrainedFiles, readJson } from '@llm-mde/checkpoints';

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

/** What is used of the `Tokenizer` of `@huggingface/tokenizers`, which transformers.js uses too. */
export interface PretrainedTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces?: boolean }): string;
}

/** Texts to token ids and back: Hugging Face's tokenizer, with a batch as plain numbers. */
export class Tokenizer {
  constructor(
    /** Hugging Face's tokenizer itself, for everything else that it can do. */
    readonly pretrained: PretrainedTokenizer,
    /** What the shorter texts of a batch are filled with. */
    readonly padTokenId: number,
  ) {}

  /** Tokenizes one or more texts. */
  tokenize(texts: readonly string[], { addSpecialTokens = true, maximumLength }: TokenizeOptions = {}): TokenizedBatch {
    const sequences = texts.map((text) => {
      const { ids } = this.pretrained.encode(text, { add_special_tokens: addSpecialTokens });
      return maximumLength !== undefined && ids.length > maximumLength ? this.cut(text, ids, maximumLength) : ids;
    });
    const longest = Math.max(0, ...sequences.map((ids) => ids.length));
    const padding = (ids: number[]) => new Array<number>(longest - ids.length);
    return {
      inputIds: sequences.map((ids) => [...ids, ...padding(ids).fill(this.padTokenId)]),
      attentionMask: sequences.map((ids) => [...ids.map(() => 1), ...padding(ids).fill(0)]),
    };
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

  /** Shortens a text but keeps the marks around it, as the Python tokenizers do. */
  private cut(text: string, ids: number[], maximumLength: number): number[] {
    const content = this.pretrained.encode(text, { add_special_tokens: false }).ids;
    const start = ids.findIndex((_, from) => content.every((id, index) => id === ids[from + index]));
    const kept = maximumLength - (ids.length - content.length);
    if (kept < 0)
      throw new Error(`A maximumLength of ${maximumLength} leaves no room for the special tokens around a text.`);
    return [...ids.slice(0, start), ...content.slice(0, kept), ...ids.slice(start + content.length)];
  }
}

/** Loads the tokenizer of a checkpoint: `tokenizer.json`, and `tokenizer_config.json` where it has one. */
export async function loadTokenizer(files: PretrainedFiles): Promise<Tokenizer> {
  const configuration = files.has('tokenizer_config.json') ? await readJson(files, 'tokenizer_config.json') : {};
  const json = await readJson(files, 'tokenizer.json');
  return createTokenizer(json as object, configuration as TokenizerConfiguration);
}

/** What `tokenizer_config.json` holds. `pad_token` names the token for padding. */
interface TokenizerConfiguration {
  pad_token?: string | { content: string } | null;
  [name: string]: unknown;
}

export async function createTokenizer(
  tokenizerJson: object,
  configuration: TokenizerConfiguration,
): Promise<Tokenizer> {
  // Only here: not everybody needs words.
  const { Tokenizer: PretrainedTokenizer } = await import('@huggingface/tokenizers');
  const pretrained = new PretrainedTokenizer(tokenizerJson, configuration);
  const { pad_token: pad } = configuration;
  const padToken = typeof pad === 'string' ? pad : pad?.content;
  return new Tokenizer(pretrained, pretrained.token_to_id(padToken ?? '') ?? 0);
}
