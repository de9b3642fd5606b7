export { Bert } from './bert.js';
export { type BertConfiguration, readBertConfiguration, writeBertConfiguration } from './bert-configuration.js';
export {
  LanguageModel,
  type LanguageModelArchitecture,
  type LanguageModelInputs,
  type LanguageModelOptions,
  type LanguageModelOutput,
  registerLanguageModel,
} from './language-model.js';
export {
  loadTokenizer,
  type PretrainedTokenizer,
  Tokenizer,
} from './tokenizer.js';
export { createWordPieceTokenizer, SPECIAL_TOKENS } from './word-piece-tokenizer.js';
