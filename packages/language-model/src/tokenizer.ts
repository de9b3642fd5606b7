import type { Tokenizer as PretrainedTokenizer } from '@huggingface/tokenizers';
import { type PretrainedFiles, readJson } from '@llm-mde/checkpoints';

export type { PretrainedTokenizer };

/** Converts text to token ids and back: Hugging Face's tokenizer. */
export class Tokenizer {
  constructor(
    /** Hugging Face's tokenizer itself, for everything else that it can do. */
    readonly pretrained: PretrainedTokenizer,
    /** The id for padding the shorter texts of a batch. */
    readonly padTokenId: number,
  ) {}

  /** The largest id that a text may have. */
  get largestId(): number {
    let largest = -1;
    for (const id of this.pretrained.get_vocab().values()) largest = Math.max(largest, id);
    return largest;
  }

  /** The token ids of a text, with the model's special tokens around it: [CLS] and [SEP] for BERT. Not padded. */
  encode(text: string): number[] {
    return this.pretrained.encode(text).ids;
  }

  /** The token of each id, as the vocabulary spells it. */
  tokens(ids: readonly number[]): string[] {
    return ids.map((id) =>
      this.pretrained.decode([id], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
    );
  }

  /** The text of a sequence of ids, without the model's special tokens. */
  decode(ids: readonly number[]): string {
    return this.pretrained.decode([...ids], { skip_special_tokens: true });
  }
}

/**
 * Loads the tokenizer of a checkpoint: `tokenizer.json`, and `tokenizer_config.json` if any.
 * @throws if it is no tokenizer's.
 */
export async function loadTokenizer(files: PretrainedFiles): Promise<Tokenizer> {
  const configuration = files.has('tokenizer_config.json') ? await readJson(files, 'tokenizer_config.json') : {};
  const json = await readJson(files, 'tokenizer.json');
  try {
    return await createTokenizer(json as object, configuration as TokenizerConfiguration);
  } catch (error) {
    throw new Error(
      `tokenizer.json of ${files.name} can't be used: ${(error as Error).message}. Take it from the model whose weights are there.`,
      { cause: error },
    );
  }
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
  const huggingFace = await import('@huggingface/tokenizers');
  const pretrained = new huggingFace.Tokenizer(tokenizerJson, configuration);
  const { pad_token: pad } = configuration;
  const padToken = typeof pad === 'string' ? pad : pad?.content;
  return new Tokenizer(pretrained, pretrained.token_to_id(padToken ?? '') ?? 0);
}
