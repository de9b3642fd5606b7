export { additiveMask } from './attention-mask.js';
export { Bert } from './bert.js';
export { type BertConfiguration, readBertConfiguration, writeBertConfiguration } from './bert-configuration.js';
export { Gpt2 } from './gpt2.js';
export { type Gpt2Configuration, readGpt2Configuration, writeGpt2Configuration } from './gpt2-configuration.js';
export {
  type EncodeOptions,
  LanguageModel,
  type LanguageModelArchitecture,
  type LanguageModelInputs,
  type LanguageModelOptions,
  type LanguageModelOutput,
  registerLanguageModel,
} from './language-model.js';
export { Llama } from './llama.js';
export { type LlamaConfiguration, readLlamaConfiguration, writeLlamaConfiguration } from './llama-configuration.js';
export type {
  RotaryConfiguration,
  RotaryScaling,
} from './rotary-positions.js';
export {
  loadTokenizer,
  type PretrainedTokenizer,
  Tokenizer,
} from './tokenizer.js';
export { createWordPieceTokenizer, SPECIAL_TOKENS } from './word-piece-tokenizer.js';
